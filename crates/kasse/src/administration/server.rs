//! The half of administration that a server has: it listens in its data directory and carries out what its owner asks.
//!
//! One connection is one request and one answer, each bounded in bytes and time, and so are the connections. Nothing here holds up a stop:
//! what is being carried out then is finished by the engine, and its answer has a moment to be taken.

use std::{
    fs::{self, Permissions},
    io,
    os::unix::fs::{FileTypeExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use anyhow::{Context as _, bail};
use engine::Engine;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{UnixListener, UnixStream},
    sync::watch,
    task::{JoinHandle, JoinSet},
};
use zeroize::Zeroizing;

use super::{
    ANSWER_BYTES_MAX, Answer, REQUEST_BYTES_MAX, Request, carry_out,
    socket::{SOCKET_FILE, SOCKET_FILE_NEW, ShortPath},
};

/// The most connections at once; whoever comes then waits for one to end.
const CONNECTIONS_MAX: usize = 8;
/// How long a request may take to arrive.
const REQUEST_TIME_MAX: Duration = Duration::from_secs(2);
/// How long an answer may take to be read.
const ANSWER_TIME_MAX: Duration = Duration::from_secs(5);
/// How long a stop waits for answers to be read.
const STOP_GRACE: Duration = Duration::from_secs(2);
/// How long it waits before it accepts again after it could not.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// A server's ear for its owner.
pub(crate) struct Administration {
    socket: PathBuf,
    stop: watch::Sender<bool>,
    serving: JoinHandle<()>,
}

impl Administration {
    /// Listens in the data directory, which must be this process's own: whatever socket lies there is of one that is no more.
    ///
    /// # Errors
    /// A socket that cannot be made there.
    pub(crate) fn start(directory: &Path, engine: Arc<Engine>) -> anyhow::Result<Self> {
        let socket = directory.join(SOCKET_FILE);
        let listener =
            listen(directory, &socket).with_context(|| format!("{} cannot be listened on", socket.display()))?;
        let (stop, stopped) = watch::channel(false);
        let serving = tokio::spawn(serve(listener, engine, stopped));
        Ok(Self { socket, stop, serving })
    }

    /// Takes nobody on any more. The socket is gone when this returns: it has to be before the directory is let go, since after that it
    /// may be the next server's.
    pub(crate) fn close(&self) {
        let _gone_already = fs::remove_file(&self.socket);
        let _ended_already = self.stop.send(true);
    }

    /// Waits for the answers under way, after [`Self::close`], for a moment.
    pub(crate) async fn drained(self) {
        let _ends_with_the_process = self.serving.await;
    }
}

/// A listener that appears under its name only once nobody but its owner may use it, in the place of whatever socket was there.
fn listen(directory: &Path, socket: &Path) -> anyhow::Result<UnixListener> {
    if fs::symlink_metadata(socket).is_ok_and(|found| !found.file_type().is_socket()) {
        bail!("something that is no socket has its name; move it away");
    }
    let new = directory.join(SOCKET_FILE_NEW);
    match fs::remove_file(&new) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
        _ => {}
    }
    let listener = UnixListener::bind(ShortPath::of(directory)?.address(SOCKET_FILE_NEW))?;
    fs::set_permissions(&new, Permissions::from_mode(0o600))?;
    fs::rename(&new, socket)?;
    Ok(listener)
}

async fn serve(listener: UnixListener, engine: Arc<Engine>, mut stopped: watch::Receiver<bool>) {
    let mut open = JoinSet::new();
    loop {
        tokio::select! {
            () = told(&mut stopped) => break,
            Some(_ended) = open.join_next() => {}
            accepted = listener.accept(), if open.len() < CONNECTIONS_MAX => match accepted {
                Ok((stream, _)) => {
                    open.spawn(converse(stream, engine.clone()));
                }
                Err(error) => {
                    tracing::warn!(%error, "administration cannot accept a connection now");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            },
        }
    }
    drop(listener);
    let ended = async { while open.join_next().await.is_some() {} };
    // Whoever has not taken its answer by then is left without; it is the answer that is lost, not the change.
    let _in_time_or_not = tokio::time::timeout(STOP_GRACE, ended).await;
}

async fn told(stopped: &mut watch::Receiver<bool>) {
    // Gone is as good as told.
    let _told_or_gone = stopped.wait_for(|stopped| *stopped).await;
}

async fn converse(mut stream: UnixStream, engine: Arc<Engine>) {
    let answer = if is_admitted(&stream) {
        match tokio::time::timeout(REQUEST_TIME_MAX, read(&mut stream)).await {
            Ok(Ok(request)) => administer(&engine, request).await,
            Ok(Err(reason)) => refused(reason),
            Err(_) => refused("the request took too long to arrive"),
        }
    } else {
        tracing::warn!("administration was refused to a process of another user");
        refused("only the user the server runs as, and root, may administer it")
    };
    // Nobody who went away is missed.
    let _read_or_not = tokio::time::timeout(ANSWER_TIME_MAX, write(&mut stream, &answer)).await;
}

/// Whether the process at the other end is one of the server's own user, or root's.
fn is_admitted(stream: &UnixStream) -> bool {
    let own = rustix::process::geteuid().as_raw();
    stream.peer_cred().is_ok_and(|peer| peer.uid() == own || peer.uid() == 0)
}

/// One request, which ends where the sender stops writing.
async fn read(stream: &mut UnixStream) -> Result<Request, &'static str> {
    let mut bytes = Vec::new();
    let most = REQUEST_BYTES_MAX as u64 + 1;
    stream.take(most).read_to_end(&mut bytes).await.map_err(|_| "the request could not be read")?;
    if bytes.len() > REQUEST_BYTES_MAX {
        return Err("the request is too long");
    }
    serde_json::from_slice(&bytes).map_err(|_| "the server does not understand the command; use the kasse it runs")
}

async fn administer(engine: &Engine, request: Request) -> Answer {
    let (command, concerns) = (request.name(), request.concerns().to_owned());
    let answer = carry_out(engine, request).await;
    let is_done = !matches!(answer, Answer::Refused(_));
    tracing::info!(command, concerns, done = is_done, "administration");
    answer
}

async fn write(stream: &mut UnixStream, answer: &Answer) -> io::Result<()> {
    let mut bytes = Zeroizing::new(serde_json::to_vec(answer)?);
    if bytes.len() > ANSWER_BYTES_MAX {
        bytes =
            Zeroizing::new(serde_json::to_vec(&refused("the answer is too long; ask while the server is stopped"))?);
    }
    stream.write_all(&bytes).await?;
    stream.shutdown().await
}

fn refused(reason: &str) -> Answer {
    Answer::Refused(reason.to_owned())
}
