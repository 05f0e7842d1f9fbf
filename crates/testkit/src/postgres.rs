//! A real PostgreSQL for tests: Debian's, started by the test on a socket in a directory of its own, gone with the test.
//!
//! A script keeps it (`postgres.sh`), as the package's user where the tests run as root, which the server refuses. It ends when the test's
//! process ends, however that happens.

use std::{
    fs,
    io::{BufRead as _, BufReader, Write as _},
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    sync::{
        Mutex, OnceLock, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use store::postgres::Address;

const SCRIPT: &str = include_str!("postgres.sh");

/// Nothing on disk has to outlive a test that does not kill the server.
const NOT_DURABLE: &[&str] = &["fsync=off", "full_page_writes=off"];
/// What any test's server is.
const SETTINGS: &[&str] = &["max_connections=300", "shared_buffers=128MB", "log_min_messages=fatal"];

/// A running server.
pub struct Postgres {
    directory: PathBuf,
    port: u16,
    keeper: Mutex<Keeper>,
    databases: AtomicUsize,
}

struct Keeper {
    // Closed first: the script ends when it is, and is then waited for.
    commands: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
    child: Child,
}

impl Postgres {
    /// One for all tests of this process. Nobody may stop it, and it keeps nothing it could not make again.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<Postgres> = OnceLock::new();
        SHARED.get_or_init(|| Self::start(NOT_DURABLE))
    }

    /// One of the test's own that keeps what it commits, on its socket alone.
    pub fn durable() -> Self {
        Self::start(&[])
    }

    /// One of the test's own with these settings beside the usual.
    pub fn start(settings: &[&str]) -> Self {
        let server = Self::make(5432, [&["listen_addresses="], settings].concat().as_slice());
        server.tell("start");
        server
    }

    /// One that also listens on a free port of this machine, not started yet: its files can be changed before.
    pub fn on_the_network(settings: &[&str]) -> Self {
        let free = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
        let port = free.expect("a free port").port();
        Self::make(port, [&["listen_addresses=127.0.0.1"], settings].concat().as_slice())
    }

    fn make(port: u16, settings: &[&str]) -> Self {
        let mut command = match owner() {
            Some(owner) => {
                let mut command = Command::new("runuser");
                command.args(["-u", owner, "--", "sh", "-c", SCRIPT, "sh"]);
                command
            }
            None => {
                let mut command = Command::new("sh");
                command.args(["-c", SCRIPT, "sh"]);
                command
            }
        };
        command.arg(binaries()).arg(port.to_string()).current_dir("/tmp");
        for setting in SETTINGS.iter().chain(settings) {
            command.args(["-c", setting]);
        }
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("a script to keep the server");
        let (commands, answers) = (child.stdin.take(), child.stdout.take().expect("its output"));
        let mut keeper = Keeper { commands, answers: BufReader::new(answers), child };
        let made = keeper.answer();
        let directory = made.strip_prefix("made ").unwrap_or_else(|| panic!("no server: {made}")).into();
        Self { directory, port, keeper: Mutex::new(keeper), databases: AtomicUsize::new(0) }
    }

    /// Starts it, or starts it again.
    pub fn start_again(&self) {
        self.tell("start");
    }

    /// Stops it as a crash would (`pg_ctl stop -m immediate`).
    pub fn stop_immediately(&self) {
        self.tell("immediate");
    }

    /// Starts a standby that follows it, or starts that again.
    pub fn start_standby(&self) {
        self.tell("follow");
    }

    /// Stops the standby.
    pub fn stop_standby(&self) {
        self.tell("unfollow");
    }

    /// The address of a database in the standby.
    pub fn standby_url(&self, database: &str) -> String {
        self.url_of_port(database, self.port + 1)
    }

    fn tell(&self, command: &str) {
        let mut keeper = self.keeper.lock().unwrap_or_else(PoisonError::into_inner);
        let commands = keeper.commands.as_mut().expect("open until it is dropped");
        writeln!(commands, "{command}").expect("the script listens");
        let answer = keeper.answer();
        assert!(!answer.starts_with("failed"), "{command}: {answer}");
    }

    /// Where its files are; the server's own are in `data`.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// The port it listens on, if it listens on one.
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// Puts a file of the server's own into its directory, readable for nobody else.
    pub fn put(&self, name: &str, content: &str) {
        let path = self.directory.join("data").join(name);
        fs::write(&path, content).expect("a file of the server's");
        let owner = fs::metadata(self.directory.join("data")).expect("its directory");
        let (user, group) = (std::os::unix::fs::MetadataExt::uid(&owner), std::os::unix::fs::MetadataExt::gid(&owner));
        std::os::unix::fs::chown(&path, Some(user), Some(group)).expect("a file of the server's");
        fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).expect("a private file");
    }

    /// The file of its socket.
    pub fn socket(&self) -> PathBuf {
        self.directory.join(format!(".s.PGSQL.{}", self.port))
    }

    /// Makes an empty database and answers its address.
    pub fn database(&self) -> String {
        let name = format!("test_{}", self.databases.fetch_add(1, Ordering::Relaxed));
        self.run("postgres", &format!("create database {name}"));
        self.url(&name)
    }

    /// The address of a database, through the socket.
    pub fn url(&self, database: &str) -> String {
        self.url_of_port(database, self.port)
    }

    fn url_of_port(&self, database: &str, port: u16) -> String {
        format!("postgres://postgres@/{database}?host={}&port={port}", self.directory.display())
    }

    /// The same, parsed.
    pub fn address(url: &str) -> Address {
        url.parse().expect("an address")
    }

    /// Runs statements in a database and answers what they print, columns separated by `|`.
    pub fn run(&self, database: &str, sql: &str) -> String {
        self.try_run(database, sql).unwrap_or_else(|error| panic!("{sql}: {error}"))
    }

    /// The same, where the server may refuse.
    ///
    /// # Errors
    /// What it says.
    pub fn try_run(&self, database: &str, sql: &str) -> Result<String, String> {
        let mut command = Command::new(binaries().join("psql"));
        command.arg("-h").arg(&self.directory).args(["-p", &self.port.to_string(), "-U", "postgres", "-d", database]);
        let output = command.args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-c", sql]).output();
        let output = output.map_err(|error| error.to_string())?;
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim_end().to_owned();
        if output.status.success() { Ok(text(&output.stdout)) } else { Err(text(&output.stderr)) }
    }
}

impl Keeper {
    fn answer(&mut self) -> String {
        let mut line = String::new();
        self.answers.read_line(&mut line).expect("the script answers");
        line.trim_end().to_owned()
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        let mut keeper = self.keeper.lock().unwrap_or_else(PoisonError::into_inner);
        keeper.commands = None;
        let _ended_already = keeper.child.wait();
    }
}

/// The newest server that is installed.
///
/// # Panics
/// Where none is, with what to do.
pub fn binaries() -> &'static Path {
    static FOUND: OnceLock<PathBuf> = OnceLock::new();
    FOUND.get_or_init(|| {
        let version = |path: &PathBuf| path.file_name().and_then(|name| name.to_str()?.parse::<u32>().ok());
        let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten().map(|entry| entry.path());
        let newest = versions.filter(|path| path.join("bin/postgres").exists()).max_by_key(version);
        newest.expect("PostgreSQL is missing; install it (on Debian: apt-get install postgresql)").join("bin")
    })
}

/// Whom the server runs as, where it cannot be this process's own user.
fn owner() -> Option<&'static str> {
    let is_root = fs::metadata("/proc/self").is_ok_and(|own| std::os::unix::fs::MetadataExt::uid(&own) == 0);
    is_root.then_some("postgres")
}
