//! The things that go wrong with receivers.

use std::time::Duration;

/// One of them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Behaviour {
    /// Nobody listens.
    Refuses,
    /// Connections are never taken, nor refused.
    Swallows,
    /// The connection is taken, and nothing is read.
    NeverReads,
    /// Everything is read, and nothing answered.
    NeverAnswers,
    /// The connection is closed before anything is read.
    ClosesAtOnce,
    /// The request is read, and the connection closed.
    ClosesUnanswered,
    /// The request is read, and the connection reset.
    Resets,
    /// A head comes, and the end instead of its body.
    ClosesAfterHead,
    /// Half a body comes, and the end.
    ClosesMidBody,
    /// Half a body comes, and a reset.
    ResetsMidBody,
    /// A head without an end comes, a byte each time.
    HeadTrickles(Duration),
    /// A body without an end comes, a byte each time.
    BodyTrickles(Duration),
    /// A body in chunks that never ends, as fast as it is taken.
    EndlessBody,
    /// A body of a gibibyte, as it says and as it is.
    Gigabyte,
    /// A compressed body that becomes very large when it is unpacked.
    GzipBomb,
    /// A redirection, to there or to itself.
    Redirects {
        /// With which status.
        status: u16,
        /// Where to.
        to: Option<String>,
    },
    /// A status with such headers, and nothing wrong with the answer.
    Answers(u16, &'static [(&'static str, &'static str)]),
    /// "Go on", and nothing further.
    ContinueOnly,
    /// Announcements of an answer without end.
    HintFlood,
    /// A text without any head.
    OldText,
    /// A size of a chunk that is no number.
    BadChunks,
    /// A head of a mebibyte.
    GiantHead,
    /// A head of ten thousand headers.
    ManyHeaders,
    /// A certificate that was good once.
    Expired,
    /// A certificate of somebody else.
    WrongName,
    /// A certificate nobody trusts.
    SelfSigned,
    /// A version of TLS that nobody should speak.
    OldTls,
    /// Plain HTTP where TLS is expected.
    PlainHttp,
    /// 200, then 500, and so on.
    Alternates,
    /// 200, but late.
    Late(Duration),
    /// 200, and the connection is closed, which nobody was told.
    Forgets,
    /// 200, and something nobody asked for behind it.
    Babbles,
}

impl Behaviour {
    /// One of each.
    pub fn all() -> Vec<Self> {
        let redirects = [301, 302, 307, 308].map(|status| Self::Redirects { status, to: None });
        let rest = [
            Self::Refuses,
            Self::Swallows,
            Self::NeverReads,
            Self::NeverAnswers,
            Self::ClosesAtOnce,
            Self::ClosesUnanswered,
            Self::Resets,
            Self::ClosesAfterHead,
            Self::ClosesMidBody,
            Self::ResetsMidBody,
            Self::HeadTrickles(Duration::from_secs(1)),
            Self::BodyTrickles(Duration::from_secs(1)),
            Self::EndlessBody,
            Self::Gigabyte,
            Self::GzipBomb,
            Self::Answers(500, &[]),
            Self::Answers(429, &[("Retry-After", "3600")]),
            Self::Answers(410, &[]),
            Self::ContinueOnly,
            Self::HintFlood,
            Self::OldText,
            Self::BadChunks,
            Self::GiantHead,
            Self::ManyHeaders,
            Self::Expired,
            Self::WrongName,
            Self::SelfSigned,
            Self::OldTls,
            Self::PlainHttp,
            Self::Alternates,
            Self::Late(Duration::from_millis(9900)),
            Self::Forgets,
            Self::Babbles,
        ];
        redirects.into_iter().chain(rest).collect()
    }

    /// Whether its URL asks for TLS.
    pub const fn is_secure(&self) -> bool {
        matches!(self, Self::Expired | Self::WrongName | Self::SelfSigned | Self::OldTls | Self::PlainHttp)
    }
}
