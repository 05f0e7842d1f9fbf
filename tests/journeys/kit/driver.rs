//! The one driver of a process's browsers: Debian's `chromedriver`, on a port it chooses.
//!
//! A script keeps it (`driver.sh`). It ends when the test's process ends, however that happens, and takes every browser with it.

use std::{
    io::{BufRead as _, BufReader},
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
    process::{Child, ChildStdout, Command, Stdio},
    sync::{OnceLock, mpsc},
    thread,
    time::Duration,
};

const SCRIPT: &str = include_str!("driver.sh");

/// A driver that has not started by then never will.
const START: Duration = Duration::from_secs(30);

/// A running driver.
pub(super) struct Driver {
    /// Where it listens.
    pub(super) address: SocketAddr,
    /// Where its browsers keep what they keep.
    pub(super) directory: PathBuf,
    /// The script: it ends when its input is closed, which is when this process ends.
    _script: Child,
}

impl Driver {
    /// The one of this process.
    pub(super) fn shared() -> &'static Self {
        // Where it does not start, that is waited for once and not by every test.
        static SHARED: OnceLock<Option<Driver>> = OnceLock::new();
        SHARED.get_or_init(Self::start).as_ref().unwrap_or_else(|| {
            panic!(
                "chromedriver did not start; are chromium and chromium-driver installed? ./test installs them on Debian"
            )
        })
    }

    fn start() -> Option<Self> {
        let mut command = Command::new("sh");
        command.args(["-c", SCRIPT]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().expect("a script to keep the driver");
        let said = child.stdout.take().expect("its output");
        let (tell, told) = mpsc::channel();
        thread::spawn(move || listen(said, &tell));
        let Some((directory, port)) = told.recv_timeout(START).ok().flatten() else {
            // Its input ends with this, and the script with that.
            let _ = child.wait();
            return None;
        };
        Some(Self { address: SocketAddr::from((Ipv4Addr::LOCALHOST, port)), directory, _script: child })
    }
}

/// Reads what script and driver say, tells the port once, and goes on reading so that they never wait.
fn listen(said: ChildStdout, tell: &mpsc::Sender<Option<(PathBuf, u16)>>) {
    let mut directory = PathBuf::new();
    for line in BufReader::new(said).lines().map_while(Result::ok) {
        if let Some(path) = line.strip_prefix("directory ") {
            directory = path.into();
        }
        let port = line.split_once("started successfully on port ").map(|(_, port)| port.trim_end_matches('.'));
        if let Some(port) = port {
            // Whoever waited may have given up.
            let _ = tell.send(port.parse().ok().map(|port| (directory.clone(), port)));
        }
    }
    let _ = tell.send(None);
}
