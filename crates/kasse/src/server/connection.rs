//! The life of one connection, in one task: hyper's parser and writer, our deadlines, the stop signal.
//!
//! It ends when the peer or hyper is done, when a deadline runs out, or soon after the stop signal: at once if no
//! request is running. hyper's own timeout for heads stays off, because its one clock runs through the silence between
//! requests as well and so cannot tell 60 s of idling from 10 s of dribbling. A connection never outlives its task.

use super::deadlines::{Deadline, Deadlines, Progress};
use super::limits::{HEADERS_MAX, Limits};
use super::service::Routes;
use super::stream::Watched;
use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use std::future::poll_fn;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;
use tokio::sync::oneshot;

/// How long, how far and in what pieces we read on after the last response, for a peer that is still sending.
const LINGER_DEADLINE: Duration = Duration::from_secs(1);
const LINGER_BYTES_MAX: usize = 8 * 1024 * 1024;
const LINGER_PIECE_BYTES: usize = 16 * 1024;

/// hyper's smallest read buffer, in bytes; it panics below that.
const BUFFER_BYTES_MIN: usize = 8 * 1024;

/// What all connections of a listener share.
pub(super) struct Connections {
    app: Router,
    http: http1::Builder,
    limits: Limits,
}

enum End {
    Done(hyper::Result<()>),
    Overdue(Deadline),
}

impl Connections {
    pub(super) fn new(app: Router, limits: Limits) -> Self {
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
        Self { app: app.with_state(()), http, limits }
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
        let progress = Arc::new(Progress::default());
        let mut deadlines = Deadlines::new(&self.limits);
        let routes = Routes::new(self.app.clone(), peer, Arc::clone(&progress));
        let io = TokioIo::new(Watched::new(stream, Arc::clone(&progress)));
        let mut http = self.http.serve_connection(io, routes);
        async move {
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
            let watched = http.into_parts().io.into_inner();
            match end {
                End::Overdue(deadline) => {
                    tracing::debug!(%peer, ?deadline, "connection closed: deadline");
                    if deadline == Deadline::Write {
                        // The kernel would go on offering its full send buffer to this peer for minutes.
                        let _ = watched.get_ref().set_zero_linger();
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
    }
}

/// Reads on for a moment after the response, because closing a socket with unread bytes in it resets the connection,
/// and the reset may overtake the response that says why.
async fn linger(mut stream: TcpStream) {
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
