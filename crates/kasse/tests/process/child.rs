//! The binary as a child process: started in an environment of its own, read, signalled, waited for.
//!
//! Nothing here sleeps. Output is read as it comes by a thread per stream, the end is awaited by another, and whoever waits for either does
//! so under one generous limit. A child that is dropped is killed.

use std::{
    io::{BufRead as _, BufReader, Read},
    net::SocketAddr,
    path::Path,
    process::{Child as Process, Command, ExitStatus, Stdio},
    sync::{
        Arc, Condvar, Mutex,
        mpsc::{Receiver, channel},
    },
    time::{Duration, Instant},
};

pub(crate) use rustix::process::{Pid, Signal, kill_process};

/// Long enough for a busy machine: what has not happened by then never will.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// A command line of the binary that sees nothing of the environment of the tests and works in `directory`.
pub(crate) fn kasse(directory: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kasse"));
    command.current_dir(directory).env_clear().env("RUST_BACKTRACE", "0");
    command
}

/// Runs a command line to its end.
pub(crate) fn run(command: &mut Command) -> Finished {
    Child::spawn(command).wait(PATIENCE)
}

/// How a child ended and what it had said.
#[derive(Debug)]
pub(crate) struct Finished {
    pub(crate) status: ExitStatus,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// A running child.
pub(crate) struct Child {
    pub(crate) pid: Pid,
    pub(crate) stdout: Text,
    pub(crate) stderr: Text,
    ended: Receiver<ExitStatus>,
    status: Option<ExitStatus>,
}

impl Child {
    pub(crate) fn spawn(command: &mut Command) -> Self {
        let command = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut process = command.spawn().expect("the binary starts");
        let pid = Pid::from_child(&process);
        let stdout = Text::follow(process.stdout.take().unwrap());
        let stderr = Text::follow(process.stderr.take().unwrap());
        Self { pid, stdout, stderr, ended: reap(process), status: None }
    }

    pub(crate) fn signal(&self, signal: Signal) {
        // One that has ended on its own is told by how it ended.
        let _ended_already = kill_process(self.pid, signal);
    }

    /// Its end, which must come within `patience`.
    pub(crate) fn wait(mut self, patience: Duration) -> Finished {
        let Ok(status) = self.ended.recv_timeout(patience) else {
            panic!("it should have ended within {patience:?}; it said\n{}", self.stderr.so_far())
        };
        self.status = Some(status);
        Finished { status, stdout: self.stdout.whole(), stderr: self.stderr.whole() }
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        if self.status.is_none() {
            self.signal(Signal::KILL);
        }
    }
}

fn reap(mut process: Process) -> Receiver<ExitStatus> {
    let (ends, ended) = channel();
    std::thread::spawn(move || ends.send(process.wait().expect("a child can be waited for")));
    ended
}

/// What is written to a stream, as it comes.
#[derive(Clone)]
pub(crate) struct Text(Arc<(Mutex<Written>, Condvar)>);

#[derive(Default)]
struct Written {
    text: String,
    is_whole: bool,
}

impl Text {
    fn follow(stream: impl Read + Send + 'static) -> Self {
        let text = Self(Arc::default());
        let followed = text.clone();
        std::thread::spawn(move || {
            let mut stream = BufReader::new(stream);
            let mut line = Vec::new();
            while stream.read_until(b'\n', &mut line).is_ok_and(|length| length > 0) {
                followed.change(|written| written.text.push_str(&String::from_utf8_lossy(&line)));
                line.clear();
            }
            followed.change(|written| written.is_whole = true);
        });
        text
    }

    fn change(&self, change: impl FnOnce(&mut Written)) {
        change(&mut self.0.0.lock().unwrap());
        self.0.1.notify_all();
    }

    /// What `look` finds in it, as soon as it does.
    pub(crate) fn until<T>(&self, what: &str, mut look: impl FnMut(&str) -> Option<T>) -> T {
        let (written, changed) = &*self.0;
        let deadline = Instant::now() + PATIENCE;
        let mut written = written.lock().unwrap();
        loop {
            if let Some(found) = look(&written.text) {
                return found;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            assert!(!written.is_whole && !left.is_zero(), "no {what} in\n{}", written.text);
            written = changed.wait_timeout(written, left).unwrap().0;
        }
    }

    pub(crate) fn so_far(&self) -> String {
        self.0.0.lock().unwrap().text.clone()
    }

    /// All of it, once the stream has ended.
    fn whole(&self) -> String {
        let (written, changed) = &*self.0;
        let written = written.lock().unwrap();
        let waited = changed.wait_timeout_while(written, PATIENCE, |written| !written.is_whole).unwrap();
        assert!(waited.0.is_whole, "somebody else holds the stream open");
        waited.0.text.clone()
    }
}

/// A child that has said that it serves.
pub(crate) struct Server {
    pub(crate) child: Child,
    pub(crate) address: SocketAddr,
    /// What it said on standard output.
    pub(crate) welcome: String,
    /// From the start of the process to the last line of that.
    pub(crate) took: Duration,
}

impl Server {
    /// Starts a server on a free port and waits until it has said all it says on standard output.
    pub(crate) fn start(command: &mut Command) -> Self {
        Self::of(Child::spawn(command.args(["--listen", "127.0.0.1:0"])), Instant::now())
    }

    /// The server that `child`, started at `started`, becomes.
    pub(crate) fn of(child: Child, started: Instant) -> Self {
        let stderr = child.stderr.clone();
        let welcome = child.stdout.until("welcome", |text| {
            let last_line = if text.contains(" a sandbox on ") { "-d ''\n\n" } else { "until it has a login.\n" };
            assert!(!stderr.so_far().contains("kasse: "), "{}", stderr.so_far());
            text.ends_with(last_line).then(|| text.to_owned())
        });
        let took = started.elapsed();
        let address = stderr.until("address", |text| {
            let (_, after) = text.split_once("serving")?.1.split_once("address")?;
            // In text `address=127.0.0.1:1`, in JSON `"address":"127.0.0.1:1"`.
            after.trim_start_matches(['=', '"', ':']).split([' ', '"']).next()?.parse().ok()
        });
        Self { child, address, welcome, took }
    }

    /// Asks it to stop and waits until it has.
    pub(crate) fn stop(self) -> Finished {
        self.child.signal(Signal::TERM);
        let finished = self.child.wait(PATIENCE);
        assert_eq!(finished.status.code(), Some(0), "{}", finished.stderr);
        finished
    }
}
