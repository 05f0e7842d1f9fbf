//! A server with a trivial router, a client that is only a socket, and patience with a limit.
//!
//! The client shows what arrived and never interprets it beyond the length of a response; the server shows what its
//! handlers saw.

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::Extension;
use axum::routing::{any, get};
use hyper::body::Frame;
use kasse::server::{Drained, Limits, Peer, Transport, serve};
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::timeout;

/// Long enough for a busy machine, shorter than any production deadline: what has not happened by then never will.
pub(super) const OUTER: Duration = Duration::from_secs(8);
pub(super) const SHORT: Duration = Duration::from_millis(300);
/// More than both kernel buffers of a loopback connection can hold.
pub(super) const BIG_BYTES: usize = 64 * 1024 * 1024;

pub(super) const GET: &[u8] = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";

pub(super) struct Server {
    pub(super) address: SocketAddr,
    pub(super) stop: oneshot::Sender<()>,
    pub(super) drained: JoinHandle<Drained>,
    /// How often the handler at `/` ran.
    pub(super) hits: Arc<AtomicUsize>,
    /// One permit for each request to `/gate` that has arrived.
    pub(super) arrived: Arc<Semaphore>,
    /// One permit lets one request to `/gate` finish.
    pub(super) gate: Arc<Semaphore>,
    /// What goes in here is the body of the answer to the first request to `/pieces`, piece by piece.
    pub(super) pieces: mpsc::Sender<Bytes>,
}

impl Server {
    pub(super) async fn start(limits: Limits) -> Self {
        Self::start_with(limits, true).await
    }

    pub(super) async fn start_with(limits: Limits, exempt: bool) -> Self {
        Self::start_speaking(Transport::Plain, limits, exempt).await
    }

    pub(super) async fn start_speaking(transport: Transport, limits: Limits, exempt: bool) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let hits = Arc::new(AtomicUsize::new(0));
        let arrived = Arc::new(Semaphore::new(0));
        let gate = Arc::new(Semaphore::new(0));
        let echo = {
            let hits = Arc::clone(&hits);
            move |body: Bytes| async move {
                hits.fetch_add(1, SeqCst);
                body
            }
        };
        let gated = {
            let (arrived, gate) = (Arc::clone(&arrived), Arc::clone(&gate));
            move || async move {
                arrived.add_permits(1);
                gate.acquire().await.unwrap().forget();
                "finished"
            }
        };
        let (pieces, source) = mpsc::channel(1);
        let source = Arc::new(Mutex::new(Some(source)));
        let piecemeal = move || async move { Body::new(Pieces(source.lock().unwrap().take().unwrap())) };
        let app = Router::new()
            .route("/", any(echo))
            .route("/pieces", get(piecemeal))
            .route("/gate", get(gated))
            .route("/big", get(|| async { Bytes::from(vec![b'x'; BIG_BYTES]) }))
            .route("/peer", get(|Extension(Peer(peer)): Extension<Peer>| async move { peer.to_string() }));
        let (stop, stopped) = oneshot::channel::<()>();
        let drained = tokio::spawn(serve(listener, app, transport, limits, move |_| exempt, async {
            let _ = stopped.await;
        }));
        Self { address, stop, drained, hits, arrived, gate, pieces }
    }

    pub(super) async fn connect(&self) -> Client {
        Client(within(TcpStream::connect(self.address)).await.unwrap())
    }

    pub(super) fn hits(&self) -> usize {
        self.hits.load(SeqCst)
    }

    pub(super) async fn stop(self) -> Drained {
        self.stop.send(()).unwrap();
        within(self.drained).await.unwrap()
    }
}

struct Pieces(mpsc::Receiver<Bytes>);

impl hyper::body::Body for Pieces {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        self.0.poll_recv(cx).map(|piece| piece.map(|piece| Ok(Frame::data(piece))))
    }
}

pub(super) struct Client<S = TcpStream>(pub(super) S);

impl<S: AsyncRead + AsyncWrite + Unpin> Client<S> {
    /// Errors are no matter: a server that closes early is seen when reading.
    pub(super) async fn send(&mut self, bytes: &[u8]) -> bool {
        within(self.0.write_all(bytes)).await.is_ok()
    }

    /// One response with its body, as text; what it got so far if the connection ends before.
    pub(super) async fn response(&mut self) -> String {
        within(async {
            let mut text = Vec::new();
            while !complete(&text) {
                match self.0.read_u8().await {
                    Ok(byte) => text.push(byte),
                    Err(_) => break,
                }
            }
            String::from_utf8_lossy(&text).into_owned()
        })
        .await
    }

    pub(super) async fn ask(&mut self, request: &[u8]) -> String {
        self.send(request).await;
        self.response().await
    }

    /// Everything until the server closes, by an end or a reset; an end of TLS that was not announced is neither.
    pub(super) async fn until_closed(&mut self) -> String {
        within(async {
            let mut text = Vec::new();
            let mut piece = vec![0; 64 * 1024];
            loop {
                match self.0.read(&mut piece).await {
                    Ok(0) => break,
                    Ok(count) => text.extend_from_slice(&piece[..count]),
                    Err(error) => {
                        assert!(matches!(error.kind(), ErrorKind::ConnectionReset | ErrorKind::BrokenPipe), "{error}");
                        break;
                    }
                }
            }
            String::from_utf8_lossy(&text).into_owned()
        })
        .await
    }
}

fn complete(response: &[u8]) -> bool {
    let text = String::from_utf8_lossy(response);
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).map_or(0, |n| n.parse().unwrap());
    body.len() >= length
}

pub(super) async fn within<T>(what: impl Future<Output = T>) -> T {
    timeout(OUTER, what).await.expect("it should have happened by now")
}
