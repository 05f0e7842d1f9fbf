//! All clients at the same time.

/// Runs `work` of every client at once, and gives them back in their order.
pub(crate) async fn at_once<C: Send + 'static, F: Future<Output = C> + Send + 'static>(
    clients: Vec<C>,
    work: impl Fn(C) -> F,
) -> Vec<C> {
    let running: Vec<_> = clients.into_iter().map(|client| tokio::spawn(work(client))).collect();
    let mut clients = Vec::new();
    for client in running {
        clients.push(client.await.unwrap());
    }
    clients
}
