//! A receiver with which something is wrong.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    net::{TcpListener, TcpSocket, TcpStream},
    task::{JoinHandle, JoinSet},
    time::{sleep, timeout},
};
use tokio_rustls::TlsAcceptor;

use super::{Behaviour, Received, bomb::gzip_bomb};
use crate::Identity;

/// On a free port of this machine.
pub struct Hostile {
    address: SocketAddr,
    scheme: &'static str,
    identity: Option<Identity>,
    shared: Arc<Shared>,
    /// What has to be held so that it goes on as it is.
    _socket: Option<TcpSocket>,
    accepting: JoinHandle<()>,
}

struct Shared {
    behaviour: Behaviour,
    address: SocketAddr,
    acceptor: Option<TlsAcceptor>,
    connections: AtomicUsize,
    requests: AtomicUsize,
}

impl Hostile {
    /// One that behaves so.
    pub async fn start(behaviour: Behaviour) -> Self {
        let socket = TcpSocket::new_v4().expect("a socket");
        socket.bind(SocketAddr::from(([127, 0, 0, 1], 0))).expect("a free port");
        let address = socket.local_addr().expect("an address");
        let identity = match behaviour {
            Behaviour::Expired => Some(Identity::of_years(1990, 2000)),
            Behaviour::WrongName => Some(Identity::of_names(&["somebody-else.example"])),
            Behaviour::SelfSigned => Some(Identity::new()),
            _ => None,
        };
        let acceptor = identity.as_ref().map(|identity| TlsAcceptor::from(identity.served()));
        let scheme = if behaviour.is_secure() { "https" } else { "http" };
        let (connections, requests) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let shared = Arc::new(Shared { behaviour, address, acceptor, connections, requests });
        let (held, accepting) = match shared.behaviour {
            // A port that is taken and not listened on.
            Behaviour::Refuses => (Some(socket), tokio::spawn(async {})),
            Behaviour::Swallows => {
                let listener = socket.listen(0).expect("a listener");
                let filling = fill(address).await;
                let forever = async move {
                    let _held = (listener, filling);
                    std::future::pending::<()>().await;
                };
                (None, tokio::spawn(forever))
            }
            _ => (None, tokio::spawn(accept(socket.listen(1024).expect("a listener"), Arc::clone(&shared)))),
        };
        Self { address, scheme, identity, shared, _socket: held, accepting }
    }

    /// Where it is.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// The URL of a path, which begins with a slash.
    pub fn url(&self, path: &str) -> String {
        format!("{}://{}{path}", self.scheme, self.address)
    }

    /// The certificate in PEM that a client has to trust for the right thing to be wrong.
    pub fn authority(&self) -> Option<&str> {
        let is_to_be_trusted = self.shared.behaviour != Behaviour::SelfSigned;
        self.identity.as_ref().filter(|_| is_to_be_trusted).map(|identity| identity.certificate.as_str())
    }

    /// How many connections it has taken.
    pub fn connections(&self) -> usize {
        self.shared.connections.load(SeqCst)
    }

    /// How many requests it has read to their end.
    pub fn requests(&self) -> usize {
        self.shared.requests.load(SeqCst)
    }
}

impl Drop for Hostile {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

/// Fills the queue of connections nobody takes, until the next one is not answered.
async fn fill(address: SocketAddr) -> Vec<TcpStream> {
    let mut filling = Vec::new();
    while let Ok(connected) = timeout(Duration::from_millis(300), TcpStream::connect(address)).await {
        filling.push(connected.expect("a connection"));
    }
    filling
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    // They end with it.
    let mut connections = JoinSet::new();
    loop {
        let (tcp, _) = listener.accept().await.expect("a connection");
        while connections.try_join_next().is_some() {}
        shared.connections.fetch_add(1, SeqCst);
        // A client that has gone has learnt what was to be learnt.
        let shared = Arc::clone(&shared);
        connections.spawn(async move { shared.behave(tcp).await.unwrap_or_default() });
    }
}

impl Shared {
    async fn behave(&self, mut tcp: TcpStream) -> std::io::Result<()> {
        tcp.set_nodelay(true)?;
        match &self.behaviour {
            Behaviour::ClosesAtOnce | Behaviour::Refuses | Behaviour::Swallows => return Ok(()),
            Behaviour::NeverReads => std::future::pending().await,
            Behaviour::OldTls => return speak_old_tls(tcp).await,
            _ => {}
        }
        if let Some(acceptor) = &self.acceptor {
            let mut stream = acceptor.accept(tcp).await?;
            return self.answer_all(&mut stream).await;
        }
        if self.behaviour == Behaviour::PlainHttp {
            return tcp.write_all(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n").await;
        }
        let is_reset = matches!(self.behaviour, Behaviour::Resets | Behaviour::ResetsMidBody);
        self.answer_all(&mut tcp).await?;
        if is_reset {
            tcp.set_zero_linger()?;
        }
        Ok(())
    }

    /// Answers one request after the other, until the connection is to end.
    async fn answer_all(&self, stream: &mut (impl AsyncRead + AsyncWrite + Unpin)) -> std::io::Result<()> {
        let mut buffer = Vec::new();
        while Received::read(stream, &mut buffer, 0).await.is_some() {
            let number = self.requests.fetch_add(1, SeqCst);
            if self.answer(stream, number).await? {
                break;
            }
        }
        Ok(())
    }

    /// Whether the connection ends now.
    async fn answer(&self, stream: &mut (impl AsyncRead + AsyncWrite + Unpin), number: usize) -> std::io::Result<bool> {
        if let Behaviour::Late(after) = &self.behaviour {
            sleep(*after).await;
        }
        stream.write_all(&self.beginning(number)).await?;
        stream.flush().await?;
        match &self.behaviour {
            Behaviour::NeverAnswers => {
                // Until whoever asked has given up: of those there may be more than this process may have connections.
                tokio::io::copy(stream, &mut tokio::io::sink()).await?;
                return Ok(true);
            }
            Behaviour::ClosesUnanswered | Behaviour::Resets | Behaviour::ClosesAfterHead | Behaviour::ClosesMidBody => {
                return Ok(true);
            }
            Behaviour::Forgets => return Ok(true),
            Behaviour::ResetsMidBody => {
                // What was written is to arrive before the reset overtakes it.
                sleep(Duration::from_millis(50)).await;
                return Ok(true);
            }
            Behaviour::HeadTrickles(interval) | Behaviour::BodyTrickles(interval) => trickle(stream, *interval).await?,
            Behaviour::EndlessBody => {
                repeat(stream, format!("1000\r\n{}\r\n", "x".repeat(0x1000)).as_bytes(), usize::MAX).await?;
            }
            Behaviour::Gigabyte => repeat(stream, &[b'x'; 0x1_0000], 0x4000).await?,
            Behaviour::HintFlood => repeat(stream, HINT, usize::MAX).await?,
            Behaviour::GiantHead => {
                repeat(stream, &[b'y'; 0x1000], 0x100).await?;
                stream.write_all(b"\r\nContent-Length: 0\r\n\r\n").await?;
            }
            Behaviour::ManyHeaders => {
                repeat(stream, b"a:\r\n", 10_000).await?;
                stream.write_all(b"Content-Length: 0\r\n\r\n").await?;
            }
            _ => {}
        }
        stream.flush().await?;
        Ok(false)
    }

    /// What is said to a request at once, which for most is all.
    fn beginning(&self, number: usize) -> Vec<u8> {
        match &self.behaviour {
            Behaviour::NeverAnswers | Behaviour::ClosesUnanswered | Behaviour::Resets => Vec::new(),
            Behaviour::ClosesAfterHead => of_length(200, "", 100, b""),
            Behaviour::ClosesMidBody | Behaviour::ResetsMidBody => of_length(200, "", 100, b"half of it"),
            Behaviour::HeadTrickles(_) | Behaviour::GiantHead => b"HTTP/1.1 200 OK\r\nx: ".to_vec(),
            Behaviour::ManyHeaders => b"HTTP/1.1 200 OK\r\n".to_vec(),
            Behaviour::BodyTrickles(_) => of_length(200, "", 100_000, b""),
            Behaviour::EndlessBody => b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec(),
            Behaviour::BadChunks => b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nmany\r\nx\r\n".to_vec(),
            Behaviour::Gigabyte => of_length(200, "", 1 << 30, b""),
            Behaviour::GzipBomb => {
                let bomb = gzip_bomb();
                of_length(200, "Content-Encoding: gzip\r\n", bomb.len(), &bomb)
            }
            Behaviour::Redirects { status, to } => {
                let to = to.clone().unwrap_or_else(|| format!("http://{}/again", self.address));
                of_length(*status, &format!("Location: {to}\r\n"), 0, b"")
            }
            Behaviour::Answers(status, headers) => {
                let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
                of_length(*status, &headers, 2, b"no")
            }
            Behaviour::ContinueOnly => b"HTTP/1.1 100 Continue\r\n\r\n".to_vec(),
            Behaviour::HintFlood => HINT.to_vec(),
            Behaviour::OldText => b"All is well, and it is old.\n".to_vec(),
            Behaviour::Alternates if !number.is_multiple_of(2) => of_length(500, "", 0, b""),
            Behaviour::Babbles => [of_length(200, "", 2, b"ok"), of_length(500, "", 0, b"")].concat(),
            _ => of_length(200, "", 2, b"ok"),
        }
    }
}

const HINT: &[u8] = b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n";

/// An answer that says how long its body is, with so much of the body.
fn of_length(status: u16, headers: &str, length: usize, body: &[u8]) -> Vec<u8> {
    let head = format!("HTTP/1.1 {status} Said\r\n{headers}Content-Length: {length}\r\n\r\n");
    [head.as_bytes(), body].concat()
}

/// A byte each time, for ever.
async fn trickle(stream: &mut (impl AsyncWrite + Unpin), interval: Duration) -> std::io::Result<()> {
    loop {
        sleep(interval).await;
        stream.write_all(b"y").await?;
        stream.flush().await?;
    }
}

/// The same bytes, so many times.
async fn repeat(stream: &mut (impl AsyncWrite + Unpin), bytes: &[u8], times: usize) -> std::io::Result<()> {
    for _ in 0..times {
        stream.write_all(bytes).await?;
    }
    Ok(())
}

/// Chooses TLS 1.1 whatever the client offers, as a server does that knows no other.
async fn speak_old_tls(mut tcp: TcpStream) -> std::io::Result<()> {
    let mut offered = [0; 1024];
    let _read = tcp.read(&mut offered).await?;
    // A handshake record, in it the server's greeting: version, 32 bytes of chance, no session, one cipher, no compression.
    let mut greeting = vec![22, 3, 2, 0, 42, 2, 0, 0, 38, 3, 2];
    greeting.extend([7; 32]);
    greeting.extend([0, 0xc0, 0x13, 0]);
    tcp.write_all(&greeting).await?;
    std::future::pending().await
}
