//! One message to one address: over HTTP/1.1, within limits, to nobody it may not go to.
//!
//! What is sent is what was handed in, byte for byte: the path and query as they were registered, the headers in their order and their
//! letters, the body. Nothing else is said. The address is judged at the moment it is dialled. An answer counts once its body has ended or
//! [`BODY_BYTES_MAX`] of it were read. No redirect is followed, nothing is decoded, no cookie kept, no proxy asked, and certificates are
//! always verified. Whether an answer is a success, and what happens after a failure, is not known here.
//!
//! HTTP is written out here instead of borrowed: a signed address must arrive with exactly the bytes that were signed, and general clients
//! parse it into something of their own first. Of an answer only its status, its end and its first bytes are wanted; its head is parsed by
//! a library.

mod body;
mod dial;
mod exchange;
mod head;
mod look_ups;
mod pool;
mod request;
mod trust;

use std::{fmt, sync::Arc, time::Duration};

use bytes::Bytes;
use tokio::time::Instant;

pub use self::{
    body::{BODY_BYTES_MAX, KEPT_BYTES_MAX},
    dial::ADDRESSES_TRIED_MAX,
    head::{HEAD_BYTES_MAX, HEADERS_MAX, INFORMATIONAL_MAX},
    look_ups::{LOOK_UPS_MAX, LookedUp, Resolve, SystemResolver},
    pool::{CONNECTION_AGE_MAX, IDLE_MAX, IDLE_PER_ORIGIN_MAX, IDLE_TIME_MAX},
    trust::{Trust, TrustError},
};
use self::{
    dial::Dialler,
    exchange::{Ended, exchange},
    pool::Pool,
    request::Request,
};
use domain::target::Targets;

/// How long finding the address of a name may take.
pub const DNS_TIME_MAX: Duration = Duration::from_secs(2);
/// How long connecting may take, all addresses of the name together.
pub const CONNECT_TIME_MAX: Duration = Duration::from_secs(3);
/// How long the handshake of TLS may take.
pub const TLS_TIME_MAX: Duration = Duration::from_secs(3);
/// How long everything together may take, where no setting says otherwise.
pub const ATTEMPT_TIME_MAX: Duration = Duration::from_secs(10);

/// How long each part of an attempt may take.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    /// Finding the address of a name.
    pub dns: Duration,
    /// Connecting to one of its addresses.
    pub connect: Duration,
    /// The handshake of TLS.
    pub tls: Duration,
    /// Everything, from the first look-up to the end of the answer.
    pub attempt: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { dns: DNS_TIME_MAX, connect: CONNECT_TIME_MAX, tls: TLS_TIME_MAX, attempt: ATTEMPT_TIME_MAX }
    }
}

/// What is to be carried.
#[derive(Clone, Debug)]
pub struct Message<'a> {
    /// Where to, as it was registered.
    pub url: &'a str,
    /// Who says it.
    pub user_agent: &'a str,
    /// What the body is.
    pub content_type: &'a str,
    /// Further headers, in this order and with these letters.
    pub headers: &'a [(&'a str, &'a str)],
    /// The body; it is shared and never copied.
    pub body: Bytes,
}

/// What came of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Carried {
    /// The answer, or why there is none.
    pub outcome: Result<Answered, Failed>,
    /// How long it took.
    pub took: Duration,
}

/// A complete answer, or as much of one as anybody reads.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Answered {
    /// Its status.
    pub status: u16,
    /// The first [`KEPT_BYTES_MAX`] of its body, as they came.
    pub head_of_body: Vec<u8>,
    /// Whether its body ended; otherwise there was more of it than is read.
    pub is_whole: bool,
}

/// Why there is no answer.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Failed {
    /// The name has no address, or none was found in time.
    Dns,
    /// The URL or all addresses of its name are such that nothing may be sent there.
    Blocked,
    /// Nobody takes connections there.
    Refused,
    /// Something took longer than it may.
    Timeout,
    /// No TLS came about: not spoken, too old, or the certificate is not good for the name.
    Tls,
    /// The connection broke off before the answer was complete.
    Reset,
    /// What came is no answer in HTTP/1.1, or one with more head than is read.
    Protocol,
}

impl Failed {
    /// All of them.
    pub const ALL: [Self; 7] =
        [Self::Dns, Self::Blocked, Self::Refused, Self::Timeout, Self::Tls, Self::Reset, Self::Protocol];

    /// What the log of deliveries calls it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Dns => "dns",
            Self::Blocked => "blocked",
            Self::Refused => "refused",
            Self::Timeout => "timeout",
            Self::Tls => "tls",
            Self::Reset => "reset",
            Self::Protocol => "protocol",
        }
    }

    /// What an error on an open connection means.
    fn of(error: &std::io::Error) -> Self {
        let is_of_tls = error.get_ref().is_some_and(|inner| inner.is::<rustls::Error>());
        if is_of_tls { Self::Tls } else { Self::Reset }
    }
}

/// Carries messages. Clones share connections and limits.
#[derive(Clone)]
pub struct Carrier {
    shared: Arc<Shared>,
}

struct Shared {
    dialler: Dialler,
    pool: Pool,
    limit: Duration,
}

impl fmt::Debug for Carrier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Carrier").finish_non_exhaustive()
    }
}

impl Carrier {
    /// One that carries to these targets, trusts these authorities and asks the system for the addresses of names.
    pub fn new(targets: Targets, trust: &Trust, limits: Limits) -> Self {
        Self::with_resolver(targets, trust, limits, Arc::new(SystemResolver))
    }

    /// The same, with somebody else to ask for the addresses of names.
    pub fn with_resolver(targets: Targets, trust: &Trust, limits: Limits, resolver: Arc<dyn Resolve>) -> Self {
        let dialler = Dialler::new(targets, trust, limits, resolver);
        Self { shared: Arc::new(Shared { dialler, pool: Pool::new(), limit: limits.attempt }) }
    }

    /// How long an attempt may take.
    pub fn limit(&self) -> Duration {
        self.shared.limit
    }

    /// Posts a message and waits for the answer. Whoever stops waiting ends the attempt.
    pub async fn post(&self, message: Message<'_>) -> Carried {
        let started = Instant::now();
        let attempt = tokio::time::timeout(self.shared.limit, self.attempt(&message));
        let outcome = attempt.await.unwrap_or(Err(Failed::Timeout));
        Carried { outcome, took: started.elapsed() }
    }

    async fn attempt(&self, message: &Message<'_>) -> Result<Answered, Failed> {
        let Shared { dialler, pool, .. } = &*self.shared;
        // Settings may have changed since the URL was registered.
        let target = dialler.targets().judge(message.url).map_err(|_| Failed::Blocked)?;
        let request = Request::new(&target, message)?;
        let origin = target.origin();
        if let Some(mut connection) = pool.take(&origin) {
            match exchange(&mut connection.stream, &request).await {
                // It was closed while nobody used it, and this attempt found out. The receiver has not begun to answer.
                Err(ended) if ended.is_before_any_answer() => {}
                other => return self.conclude(&origin, connection, other),
            }
        }
        let mut connection = pool::Connection::new(dialler.dial(&target).await?);
        let exchanged = exchange(&mut connection.stream, &request).await;
        self.conclude(&origin, connection, exchanged)
    }

    /// Keeps the connection if it can carry another message.
    fn conclude(
        &self,
        origin: &str,
        connection: pool::Connection,
        exchanged: Result<exchange::Exchanged, Ended>,
    ) -> Result<Answered, Failed> {
        let exchanged = exchanged.map_err(Ended::into_failed)?;
        if exchanged.is_reusable {
            self.shared.pool.put(origin, connection);
        }
        Ok(exchanged.answered)
    }
}
