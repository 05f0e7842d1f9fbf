//! The half of administration that a command has: it carries its request out itself, or asks the server that has the data directory.
//!
//! Where the installation is in a database it is always carried out here, and is in force at every node when the command ends.
//!
//! Where it is in a directory the lock of that decides. Where it is taken and nobody listens, a server is about to start or stop, or
//! another command is at work; that is over in a moment, so it is tried again for a while.

use std::{io, path::Path, sync::Arc, time::Duration};

use anyhow::{Context as _, bail};
use engine::{
    Engine, Policy,
    access::SEEN_TIME_MAX,
    clock::{Clock, SystemClock},
    entropy::{Entropy, SystemEntropy},
};
use store::sqlite::{OpenError, SqliteStore};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::UnixStream,
};
use zeroize::Zeroizing;

use super::{
    ANSWER_BYTES_MAX, Answer, REQUEST_BYTES_MAX, Request, carry_out,
    socket::{SOCKET_FILE, ShortPath},
};
use crate::{
    installation::{Missing, Place, refuse_another_mode},
    outgoing::Outgoing,
    settings::Settings,
};

/// How often it is tried to get either the directory or its server.
const TRIES_MAX: usize = 100;
/// How long between two tries.
const TRY_INTERVAL: Duration = Duration::from_millis(50);
/// How long a server has to answer, others who ask before us included.
const ANSWER_WAIT_MAX: Duration = Duration::from_secs(30);

/// Has the request carried out, by this process or by the server that runs on the data directory.
///
/// # Errors
/// What stands in the way, and what administration refused, in its words.
pub(crate) async fn administer(settings: &Settings, request: Request) -> anyhow::Result<Answer> {
    let answer = match &settings.place {
        Place::Directory(directory) => alone_or_by_the_server(settings, directory, request).await?,
        Place::Database(_) => beside_all_nodes(settings, request).await?,
    };
    match answer {
        Answer::Refused(reason) => bail!(reason),
        answer => Ok(answer),
    }
}

/// Carries the request out in the database, and waits until no node judges by what was before.
async fn beside_all_nodes(settings: &Settings, request: Request) -> anyhow::Result<Answer> {
    let is_a_question = matches!(request, Request::ListSalesUnits | Request::ListPartners);
    let answer = alone(settings, request).await?;
    if !is_a_question && !matches!(answer, Answer::Refused(_)) {
        tokio::time::sleep(SEEN_TIME_MAX).await;
    }
    Ok(answer)
}

async fn alone_or_by_the_server(settings: &Settings, directory: &Path, request: Request) -> anyhow::Result<Answer> {
    let mut tries_left = TRIES_MAX;
    loop {
        let locked = match alone(settings, request.clone()).await {
            Err(error) if is_locked(&error) => error,
            done_or_failed => return done_or_failed,
        };
        if let Some(answer) = ask(settings, directory, &request).await? {
            return Ok(answer);
        }
        tries_left -= 1;
        if tries_left == 0 {
            return Err(locked.context("it does not answer to administration"));
        }
        tokio::time::sleep(TRY_INTERVAL).await;
    }
}

fn is_locked(error: &anyhow::Error) -> bool {
    matches!(error.downcast_ref(), Some(OpenError::Locked { .. }))
}

/// Opens the installation and carries the request out in this process.
async fn alone(settings: &Settings, request: Request) -> anyhow::Result<Answer> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
    let entropy: Arc<dyn Entropy> = Arc::new(SystemEntropy::new());
    let missing = if settings.mode.is_some() { Missing::Initialise } else { Missing::Refuse };
    settings.place.require_upgraded().await?;
    let opened = settings.place.open(settings.mode, missing, &*clock, &*entropy).await?;
    let store = opened.store;
    let policy = Policy::of(opened.instance.mode);
    let telling = Outgoing::new(opened.instance.mode, &settings.webhooks).telling();
    let engine = Engine::new(store.clone(), clock, entropy, opened.keys, policy, telling).await?;
    let answer = carry_out(&engine, request).await;
    store.close().await?;
    Ok(answer)
}

/// Asks the server that has the directory; nothing is answered where nobody listens.
async fn ask(settings: &Settings, directory: &Path, request: &Request) -> anyhow::Result<Option<Answer>> {
    let request = serde_json::to_vec(request)?;
    if request.len() > REQUEST_BYTES_MAX {
        bail!("the command is too long for a server that is running; give it in parts");
    }
    let socket = directory.join(SOCKET_FILE);
    let short = ShortPath::of(directory).with_context(|| socket.display().to_string())?;
    let stream = match UnixStream::connect(short.address(SOCKET_FILE)).await {
        Ok(stream) => stream,
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused) => {
            return Ok(None);
        }
        Err(error) => return Err(error).with_context(|| format!("{} cannot be opened", socket.display())),
    };
    if let (Some(wanted), Some(found)) = (settings.mode, SqliteStore::mode_of(directory)?) {
        refuse_another_mode(&settings.place, found, wanted)?;
    }
    let unknown = "the server went away before it had answered, so whether the command was carried out is unknown; look with \
                   `kasse sales-unit list` and `kasse partner list`";
    let answer = tokio::time::timeout(ANSWER_WAIT_MAX, converse(stream, &request)).await.context(unknown)?;
    serde_json::from_slice(&answer).map(Some).context(unknown)
}

/// What comes back, whole or not: an answer that breaks off is no JSON.
async fn converse(mut stream: UnixStream, request: &[u8]) -> Zeroizing<Vec<u8>> {
    // Whoever refuses may do so before it has read everything. Then sending fails, or the end of the answer does, and the answer is there.
    let _sent_or_refused = stream.write_all(request).await;
    let _sent_or_refused = stream.shutdown().await;
    let mut answer = Zeroizing::new(Vec::new());
    let _ended_or_refused = stream.take(ANSWER_BYTES_MAX as u64).read_to_end(&mut answer).await;
    answer
}

#[cfg(test)]
mod tests {
    use store::Mode;
    use tokio::{net::UnixListener, time::Instant};

    use super::*;
    use crate::settings::resolve;

    /// How late a timer may be that runs on paused time.
    const SOON: Duration = Duration::from_millis(20);

    fn settings(directory: &Path) -> Settings {
        let data = directory.to_str().unwrap().to_owned();
        Settings::new(&resolve(&|setting| (setting == "data").then(|| data.clone())).unwrap()).unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn a_directory_that_stays_taken_is_tried_for_a_while_and_no_longer() {
        let directory = tempfile::tempdir().unwrap();
        let (clock, entropy) = (SystemClock::new(), SystemEntropy::new());
        let place = Place::Directory(directory.path().to_owned());
        let _has_it = place.open(Some(Mode::Sandbox), Missing::Initialise, &clock, &entropy).await.unwrap();
        let asked = Instant::now();
        let refused = administer(&settings(directory.path()), Request::ListSalesUnits).await.err().unwrap();
        assert!(is_locked(&refused) && refused.to_string().contains("does not answer"), "{refused:#}");
        let (waited, pauses) = (asked.elapsed(), u32::try_from(TRIES_MAX - 1).unwrap());
        assert!(
            waited >= TRY_INTERVAL * pauses && waited < (TRY_INTERVAL + Duration::from_millis(2)) * pauses,
            "{waited:?}"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_server_that_does_not_answer_is_waited_for_half_a_minute_and_no_longer() {
        let directory = tempfile::tempdir().unwrap();
        let _listens_and_never_accepts = UnixListener::bind(directory.path().join(SOCKET_FILE)).unwrap();
        let asked = Instant::now();
        let failed = ask(&settings(directory.path()), directory.path(), &Request::ListSalesUnits).await.err().unwrap();
        assert!(failed.to_string().contains("is unknown"), "{failed:#}");
        let waited = asked.elapsed();
        assert!(waited >= ANSWER_WAIT_MAX && waited < ANSWER_WAIT_MAX + SOON, "{waited:?}");
    }
}
