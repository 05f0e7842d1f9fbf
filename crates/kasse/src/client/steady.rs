//! A stream that is opened again whenever it breaks off.

use std::time::Duration;

use super::{Event, Session, Trouble, events::Events};

/// How long it is waited before it is tried again.
const PAUSE: Duration = Duration::from_secs(1);

/// A stream that is opened again whenever it breaks off.
pub(crate) struct Steady<'a> {
    session: &'a Session,
    what: &'static str,
    path: String,
    events: Events,
}

impl<'a> Steady<'a> {
    /// Opens it for the first time.
    ///
    /// # Errors
    /// Where that does not work at once.
    pub(crate) async fn open(session: &'a Session, what: &'static str, path: String) -> Result<Self, Trouble> {
        let events = session.stream(what, &path).await?;
        Ok(Self { session, what, path, events })
    }

    /// The next event, however often the stream breaks off before. Each time it does is said once, and so is its return.
    ///
    /// # Errors
    /// Where it cannot be opened again, and that will not change by itself.
    pub(crate) async fn next(&mut self) -> Result<Event, Trouble> {
        loop {
            match self.events.next().await {
                Ok(event) => return Ok(event),
                Err(trouble) => self.open_again(&trouble).await?,
            }
        }
    }

    async fn open_again(&mut self, trouble: &Trouble) -> Result<(), Trouble> {
        let reason = match trouble {
            Trouble::Unreachable { reason, .. } => reason.clone(),
            other => other.to_string(),
        };
        eprintln!("kasse: the connection to {} broke off ({reason}); trying again", self.session.server().url());
        loop {
            tokio::time::sleep(PAUSE).await;
            match self.session.stream(self.what, &self.path).await {
                Ok(events) => {
                    self.events = events;
                    eprintln!("kasse: connected again");
                    return Ok(());
                }
                Err(trouble) if trouble.may_pass() => {}
                Err(trouble) => return Err(trouble),
            }
        }
    }
}
