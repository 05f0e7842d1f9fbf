//! The life of one connection, in one task: the handshake, hyper's parser and writer, our deadlines, the stop signal.
//!
//! It ends when the peer or hyper is done, when a deadline runs out, or soon after the stop signal: at once if no
//! request is running. hyper's own timeout for heads stays off, because its one clock runs through the silence between
//! requests as well and so cannot tell 60 s of idling from 10 s of dribbling. A connection never outlives its task.

use super::accept::Transport;
use super::deadlines::{Deadline, Deadlines, Progress};
use super::limits::{HEADERS_MAX, Limits};
use super::service::Routes;
use super::socket::{Entry, Socket, shake_hands};
use super::stream::Watched;
use axum::Router;
use axum::http::{StatusCode, header};
use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use rustls::ServerConfig;
use std::future::poll_fn;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::{oneshot, watch};

/// How long, how far and in what pieces we read on after the last response, for a peer that is still sending.
const LINGER_DEADLINE: Duration = Duration::from_secs(1);
const LINGER_BYTES_MAX: usize = 8 * 1024 * 1024;
const LINGER_PIECE_BYTES: usize = 16 * 1024;

/// How long we try to say that a connection ends here, when a deadline ended it.
const FAREWELL_DEADLINE: Duration = Duration::from_secs(1);

/// hyper's smallest read buffer, in bytes; it panics below that.
const BUFFER_BYTES_MIN: usize = 8 * 1024;

/// What all connections of a listener share.
pub(super) struct Connections {
    app: Router,
    tls: Option<Tls>,
    http: http1::Builder,
    limits: Limits,
}

/// What it takes to speak TLS.
struct Tls {
    in_use: watch::Receiver<Arc<ServerConfig>>,
    /// What answers who speaks plain HTTP all the same.
    plain_http: Router,
}

enum End {
    Done(hyper::Result<()>),
    Overdue(Deadline),
}

impl Connections {
    pub(super) fn new(app: Router, transport: Transport, limits: Limits) -> Self {
        let mut http = http1::Builder::new();
        http.header_read_timeout(None)
            .half_close(false)
            .auto_date_header(true)
            .max_header_size(limits.head_bytes_max)
            .max_buf_size(limits.head_bytes_max.max(BUFFER_BYTES_MIN));
        // Asking for the number hyper has anyway would move its header table from the stack to the heap.
        if limits.headers_max != HEADERS_MAX {
            http.max_headers(limits.headers_max);
        }
        let tls = match transport {
            Transport::Plain => None,
            Transport::Tls(in_use) => {
                Some(Tls { in_use, plain_http: Router::new().fallback(speak_tls).with_state(()) })
            }
        };
        Self { app: app.with_state(()), tls, http, limits }
    }

    /// The task of one connection, to be spawned. It should end soon after `stopped` resolves, whatever with.
    pub(super) fn run(
        &self,
        stream: TcpStream,
        peer: SocketAddr,
        mut stopped: oneshot::Receiver<()>,
    ) -> impl Future<Output = ()> + Send + 'static {
        // Responses are written in one piece; holding back the last part of one only delays it. If this fails, the
        // connection is already gone and the first read will say so.
        let _ = stream.set_nodelay(true);
        // The clock of the first head starts here, before any handshake.
        let mut deadlines = Deadlines::new(&self.limits);
        let tls = self.tls.as_ref().map(|tls| (Arc::clone(&tls.in_use.borrow()), tls.plain_http.clone()));
        let (app, http, handshake_deadline) = (self.app.clone(), self.http.clone(), self.limits.handshake_deadline);
        async move {
            let (socket, app) = match tls {
                None => (Socket::Plain(stream), app),
                Some((config, plain_http)) => {
                    let entry = tokio::select! {
                        // Boxed, so that a connection that has shaken hands does not carry the room for that along.
                        entry = Box::pin(shake_hands(stream, config, handshake_deadline)) => entry,
                        // No request can have come before the handshake is over, so nobody is waiting for an answer.
                        _ = &mut stopped => return,
                    };
                    match entry {
                        Entry::Tls(socket) => (socket, app),
                        Entry::PlainHttp(socket) => (socket, plain_http),
                        Entry::Failed(error) => {
                            return tracing::debug!(%peer, %error, "connection closed: handshake");
                        }
                    }
                }
            };
            let progress = Arc::new(Progress::default());
            let routes = Routes::new(app, peer, Arc::clone(&progress));
            let mut http = http.serve_connection(TokioIo::new(Watched::new(socket, Arc::clone(&progress))), routes);
            let mut stopping = false;
            let end = poll_fn(|cx| {
                if !stopping && Pin::new(&mut stopped).poll(cx).is_ready() {
                    stopping = true;
                    Pin::new(&mut http).graceful_shutdown();
                    deadlines.hurry();
                }
                if let Poll::Ready(result) = Pin::new(&mut http).poll(cx) {
                    return Poll::Ready(End::Done(result));
                }
                deadlines.poll(&progress, cx).map(End::Overdue)
            })
            .await;
            leave(http.into_parts().io.into_inner(), end, peer).await;
        }
    }
}

/// What is left to do for a connection when it has come to its end.
async fn leave(mut watched: Watched<Socket>, end: End, peer: SocketAddr) {
    match end {
        End::Overdue(deadline) => {
            tracing::debug!(%peer, ?deadline, "connection closed: deadline");
            if deadline == Deadline::Write {
                // The kernel would go on offering its full send buffer to this peer for minutes.
                watched.get_ref().give_up_on_close();
            } else {
                // Whoever does not take that either misses nothing.
                let _ = tokio::time::timeout(FAREWELL_DEADLINE, watched.shutdown()).await;
            }
        }
        End::Done(result) => {
            if let Err(error) = result {
                tracing::debug!(%peer, %error, "connection closed: error");
            }
            if watched.is_unread() {
                linger(watched.into_inner()).await;
            }
        }
    }
}

/// The answer to plain HTTP where TLS is spoken. It sends nobody elsewhere: a client that is sent on would not notice that what it sent was
/// readable on its way.
async fn speak_tls() -> (StatusCode, [(header::HeaderName, &'static str); 2], &'static str) {
    let headers = [(header::CONTENT_TYPE, "application/json; charset=utf-8"), (header::CONNECTION, "close")];
    (StatusCode::BAD_REQUEST, headers, r#"{"statusCode":400,"message":"This port speaks https."}"#)
}

/// Reads on for a moment after the response, because closing a socket with unread bytes in it resets the connection,
/// and the reset may overtake the response that says why.
async fn linger(mut stream: Socket) {
    let read_on = async {
        let mut piece = vec![0; LINGER_PIECE_BYTES];
        let mut left = LINGER_BYTES_MAX;
        while left > 0 {
            match stream.read(&mut piece).await {
                Ok(0) | Err(_) => break,
                Ok(count) => left = left.saturating_sub(count),
            }
        }
    };
    // Out of patience is as good as done.
    let _ = tokio::time::timeout(LINGER_DEADLINE, read_on).await;
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::net::TcpListener;

    /// The most that lies between two sockets of one machine, in the buffers of both.
    const UNDERWAY_BYTES_MAX: usize = 24 * 1024 * 1024;

    #[tokio::test]
    async fn whoever_goes_on_sending_is_read_for_a_while_and_then_cut_off() {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let mut peer = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (stream, _) = listener.accept().await.unwrap();
        let lingering = tokio::spawn(linger(Socket::Plain(stream)));
        let piece = [0; LINGER_PIECE_BYTES];
        let mut sent = 0;
        while let Ok(bytes) = peer.write(&piece).await {
            sent += bytes;
        }
        lingering.await.unwrap();
        assert!((LINGER_BYTES_MAX..LINGER_BYTES_MAX + UNDERWAY_BYTES_MAX).contains(&sent), "{sent} bytes");
    }
}
