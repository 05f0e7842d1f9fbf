//! Connections that wait for the next message to the same origin.
//!
//! A connection is taken by one attempt at a time. One that has become old, or on which anything has happened since, is closed instead of
//! used. How many wait, in all and for one origin, is bounded; which origins there are is not known in advance and not remembered.

use std::{
    collections::HashMap,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    task::{Context, Poll, Waker},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::Instant,
};

/// Most connections that wait.
pub const IDLE_MAX: usize = 256;
/// Most of them to one origin.
pub const IDLE_PER_ORIGIN_MAX: usize = 16;
/// How long one waits before it is closed.
pub const IDLE_TIME_MAX: Duration = Duration::from_secs(20);
/// How old one becomes before it is closed, however busy it is: the name may mean another machine by now.
pub const CONNECTION_AGE_MAX: Duration = Duration::from_secs(300);

/// How often it is looked for those to be closed.
const SWEEP_INTERVAL: Duration = Duration::from_secs(5);

/// The bytes of a connection, plain or through TLS.
pub(super) trait ReadWrite: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> ReadWrite for T {}

/// Any of them.
pub(super) type Stream = Box<dyn ReadWrite>;

/// A connection, and since when there is one.
pub(super) struct Connection {
    pub(super) stream: Stream,
    opened: Instant,
}

impl Connection {
    pub(super) fn new(stream: Stream) -> Self {
        Self { stream, opened: Instant::now() }
    }

    /// Whether nothing has come since the last answer, not even the end.
    fn is_quiet(&mut self) -> bool {
        let mut byte = [0];
        let mut buffer = ReadBuf::new(&mut byte);
        let mut context = Context::from_waker(Waker::noop());
        matches!(Pin::new(&mut self.stream).poll_read(&mut context, &mut buffer), Poll::Pending)
    }
}

/// The connections that wait.
pub(super) struct Pool {
    waiting: Arc<Mutex<Waiting>>,
}

#[derive(Default)]
struct Waiting {
    /// By origin, the one that was used last at the end.
    origins: HashMap<String, Vec<(Connection, Instant)>>,
    number: usize,
    /// Whether somebody looks for those to be closed.
    is_swept: bool,
}

impl Pool {
    pub(super) fn new() -> Self {
        Self { waiting: Arc::default() }
    }

    /// A connection to this origin that can carry a message, as far as can be seen.
    pub(super) fn take(&self, origin: &str) -> Option<Connection> {
        let mut waiting = lock(&self.waiting);
        loop {
            let of_origin = waiting.origins.get_mut(origin)?;
            let taken = of_origin.pop();
            if of_origin.is_empty() {
                waiting.origins.remove(origin);
            }
            let (mut connection, since) = taken?;
            waiting.number = waiting.number.saturating_sub(1);
            if is_good(&mut connection, since) {
                return Some(connection);
            }
        }
    }

    /// Keeps a connection for the next message, if there is room.
    pub(super) fn put(&self, origin: &str, connection: Connection) {
        let mut waiting = lock(&self.waiting);
        if waiting.number >= IDLE_MAX || connection.opened.elapsed() >= CONNECTION_AGE_MAX {
            return;
        }
        let of_origin = waiting.origins.entry(origin.to_owned()).or_default();
        if of_origin.len() >= IDLE_PER_ORIGIN_MAX {
            return;
        }
        of_origin.push((connection, Instant::now()));
        waiting.number = waiting.number.saturating_add(1);
        if !std::mem::replace(&mut waiting.is_swept, true) {
            tokio::spawn(sweep(Arc::downgrade(&self.waiting)));
        }
    }
}

fn is_good(connection: &mut Connection, since: Instant) -> bool {
    since.elapsed() < IDLE_TIME_MAX && connection.opened.elapsed() < CONNECTION_AGE_MAX && connection.is_quiet()
}

fn lock(waiting: &Mutex<Waiting>) -> MutexGuard<'_, Waiting> {
    // Nothing in here can be left half done by a panic.
    waiting.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Closes what has waited for too long, until nothing waits.
async fn sweep(pool: Weak<Mutex<Waiting>>) {
    loop {
        tokio::time::sleep(SWEEP_INTERVAL).await;
        let Some(pool) = pool.upgrade() else { return };
        let mut waiting = lock(&pool);
        for of_origin in waiting.origins.values_mut() {
            of_origin.retain_mut(|(connection, since)| is_good(connection, *since));
        }
        waiting.origins.retain(|_, of_origin| !of_origin.is_empty());
        waiting.number = waiting.origins.values().map(Vec::len).sum();
        if waiting.number == 0 {
            waiting.is_swept = false;
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncWriteExt as _, DuplexStream, duplex};

    fn connection() -> (Connection, DuplexStream) {
        let (ours, theirs) = duplex(64);
        (Connection::new(Box::new(ours)), theirs)
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_is_taken_once_and_by_its_origin() {
        let pool = Pool::new();
        let (one, _theirs) = connection();
        pool.put("a", one);
        assert!(pool.take("b").is_none());
        assert!(pool.take("a").is_some());
        assert!(pool.take("a").is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_on_which_something_happened_is_not_used() {
        let pool = Pool::new();
        let (closed, theirs) = connection();
        drop(theirs);
        let (noisy, mut theirs) = connection();
        theirs.write_all(b"x").await.unwrap();
        let (good, _theirs) = connection();
        for connection in [good, closed, noisy] {
            pool.put("a", connection);
        }
        assert!(pool.take("a").is_some());
        assert!(pool.take("a").is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_waits_for_a_while_and_then_is_closed() {
        let pool = Pool::new();
        let (one, theirs) = connection();
        pool.put("a", one);
        tokio::time::advance(IDLE_TIME_MAX - Duration::from_millis(1)).await;
        let one = pool.take("a").expect("it is still good");
        pool.put("a", one);
        tokio::time::advance(IDLE_TIME_MAX).await;
        assert!(pool.take("a").is_none());
        // Also where nobody asks for it.
        let (other, mut other_theirs) = connection();
        pool.put("b", other);
        let read = tokio::io::AsyncReadExt::read_u8(&mut other_theirs).await;
        assert!(read.is_err(), "it was not closed");
        drop(theirs);
    }

    #[tokio::test(start_paused = true)]
    async fn a_busy_connection_becomes_old() {
        let pool = Pool::new();
        let (mut one, _theirs) = connection();
        let opened = Instant::now();
        while opened.elapsed() + Duration::from_secs(10) < CONNECTION_AGE_MAX {
            pool.put("a", one);
            tokio::time::advance(Duration::from_secs(10)).await;
            one = pool.take("a").expect("it is still good");
        }
        tokio::time::advance(Duration::from_secs(10)).await;
        pool.put("a", one);
        assert!(pool.take("a").is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn there_is_room_for_so_many_and_not_one_more() {
        let pool = Pool::new();
        let mut theirs = Vec::new();
        for number in 0..=IDLE_MAX + IDLE_PER_ORIGIN_MAX {
            let (one, their) = connection();
            theirs.push(their);
            pool.put(&format!("{}", number / (IDLE_PER_ORIGIN_MAX + 1)), one);
        }
        assert_eq!(lock(&pool.waiting).number, IDLE_MAX);
        assert!(lock(&pool.waiting).origins.values().all(|of_origin| of_origin.len() <= IDLE_PER_ORIGIN_MAX));
    }
}
