//! A receiver that works: it answers as it is told and remembers what came.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::watch,
    task::{JoinHandle, JoinSet},
    time::timeout,
};
use tokio_rustls::TlsAcceptor;

use super::Received;
use crate::Identity;

/// A free port of this machine.
const ANYWHERE: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

/// What has not come by then never will.
const PATIENCE: Duration = Duration::from_secs(20);

/// What a receiver says to a request.
#[derive(Clone, Debug)]
pub struct Reply {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    after: Duration,
    is_last: bool,
    is_reset: bool,
}

impl Reply {
    /// A status and nothing else.
    pub const fn status(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: Vec::new(), after: Duration::ZERO, is_last: false, is_reset: false }
    }

    /// Nothing: the request was read, and the connection is reset.
    pub fn reset() -> Self {
        Self { is_reset: true, ..Self::status(0) }
    }

    /// The same with this header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The same with this body.
    #[must_use]
    pub fn body(self, body: impl Into<Vec<u8>>) -> Self {
        Self { body: body.into(), ..self }
    }

    /// The same, said only after a while.
    #[must_use]
    pub fn after(self, after: Duration) -> Self {
        Self { after, ..self }
    }

    /// The same, and the connection ends with it, as it says.
    #[must_use]
    pub fn closing(self) -> Self {
        Self { is_last: true, ..self }
    }

    fn bytes(&self) -> Vec<u8> {
        let Self { status, headers, body, is_last, .. } = self;
        let mut head = format!("HTTP/1.1 {status} Said\r\nContent-Length: {}\r\n", body.len());
        for (name, value) in headers {
            head.extend([name, ": ", value, "\r\n"]);
        }
        head.push_str(if *is_last { "Connection: close\r\n\r\n" } else { "\r\n" });
        [head.as_bytes(), body].concat()
    }
}

/// What is said to each request, counted from 0.
type Script = dyn Fn(usize, &Received) -> Reply + Send + Sync;

/// A receiver on a free port of this machine.
pub struct Receiver {
    address: SocketAddr,
    scheme: &'static str,
    shared: Arc<Shared>,
    accepting: JoinHandle<()>,
}

struct Shared {
    script: Box<Script>,
    received: watch::Sender<Vec<Arc<Received>>>,
    connections: AtomicUsize,
}

impl Receiver {
    /// One that says 200 to everything.
    pub async fn start() -> Self {
        Self::start_with(|_, _| Reply::status(200)).await
    }

    /// One that says what it is told to.
    pub async fn start_with(script: impl Fn(usize, &Received) -> Reply + Send + Sync + 'static) -> Self {
        Self::start_at(ANYWHERE, script).await
    }

    /// The same at an address of this machine.
    pub async fn start_at(
        address: SocketAddr,
        script: impl Fn(usize, &Received) -> Reply + Send + Sync + 'static,
    ) -> Self {
        Self::listen(address, None, Box::new(script)).await
    }

    /// The same, inside TLS.
    pub async fn start_secure(
        identity: &Identity,
        script: impl Fn(usize, &Received) -> Reply + Send + Sync + 'static,
    ) -> Self {
        Self::listen(ANYWHERE, Some(TlsAcceptor::from(identity.served())), Box::new(script)).await
    }

    async fn listen(address: SocketAddr, acceptor: Option<TlsAcceptor>, script: Box<Script>) -> Self {
        let listener = TcpListener::bind(address).await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let scheme = if acceptor.is_some() { "https" } else { "http" };
        let (received, connections) = (watch::Sender::new(Vec::new()), AtomicUsize::new(0));
        let shared = Arc::new(Shared { script, received, connections });
        let accepting = tokio::spawn(accept(listener, acceptor, Arc::clone(&shared)));
        Self { address, scheme, shared, accepting }
    }

    /// Where it listens.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// The URL of a path, which begins with a slash.
    pub fn url(&self, path: &str) -> String {
        format!("{}://{}{path}", self.scheme, self.address)
    }

    /// What has come so far, in its order.
    pub fn received(&self) -> Vec<Arc<Received>> {
        self.shared.received.borrow().clone()
    }

    /// How many connections there have been.
    pub fn connections(&self) -> usize {
        self.shared.connections.load(SeqCst)
    }

    /// Waits until so many requests have come, and returns everything that has.
    pub async fn wait_for(&self, number: usize) -> Vec<Arc<Received>> {
        self.wait_until(|received| received.len() >= number).await
    }

    /// Waits until what has come is as it is wanted.
    pub async fn wait_until(&self, is_wanted: impl Fn(&[Arc<Received>]) -> bool) -> Vec<Arc<Received>> {
        let mut watched = self.shared.received.subscribe();
        let wanted = timeout(PATIENCE, watched.wait_for(|received| is_wanted(received))).await.map(|found| {
            let found = found.expect("the receiver is there");
            found.clone()
        });
        wanted.unwrap_or_else(|_| panic!("what came is not what is waited for: {} requests", self.received().len()))
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn accept(listener: TcpListener, acceptor: Option<TlsAcceptor>, shared: Arc<Shared>) {
    // They end with it.
    let mut connections = JoinSet::new();
    loop {
        let (tcp, _) = listener.accept().await.expect("a connection");
        while connections.try_join_next().is_some() {}
        let number = shared.connections.fetch_add(1, SeqCst);
        connections.spawn(serve(tcp, acceptor.clone(), number, Arc::clone(&shared)));
    }
}

async fn serve(tcp: TcpStream, acceptor: Option<TlsAcceptor>, connection: usize, shared: Arc<Shared>) {
    // Whoever is gone already learns nothing more.
    let _ = tcp.set_nodelay(true);
    match acceptor {
        None => converse(tcp, |tcp| tcp, connection, &shared).await,
        Some(acceptor) => {
            if let Ok(stream) = acceptor.accept(tcp).await {
                converse(stream, |stream| stream.get_ref().0, connection, &shared).await;
            }
        }
    }
}

async fn converse<S: AsyncRead + AsyncWrite + Unpin>(
    mut stream: S,
    beneath: impl Fn(&S) -> &TcpStream,
    connection: usize,
    shared: &Shared,
) {
    let mut buffer = Vec::new();
    while let Some(received) = Received::read(&mut stream, &mut buffer, connection).await {
        let received = Arc::new(received);
        let mut number = 0;
        shared.received.send_modify(|all| {
            number = all.len();
            all.push(Arc::clone(&received));
        });
        let reply = (shared.script)(number, &received);
        tokio::time::sleep(reply.after).await;
        if reply.is_reset {
            // Where that cannot be had, an end without an answer has to do.
            let _reset_or_not = beneath(&stream).set_zero_linger();
            return;
        }
        if stream.write_all(&reply.bytes()).await.is_err() || stream.flush().await.is_err() || reply.is_last {
            break;
        }
    }
    // A client that has gone does not miss it.
    let _ = stream.shutdown().await;
}
