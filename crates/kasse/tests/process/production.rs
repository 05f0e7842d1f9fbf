//! The mode: fixed with the data directory; what production refuses to start with; and what it is once it has started.
//!
//! Production does not run as root. Where the tests do, the binary is copied to where everybody can read it and started as nobody.

use std::{
    fs::{self, Permissions},
    os::unix::{
        fs::{PermissionsExt as _, chown},
        process::CommandExt as _,
    },
    path::{Path, PathBuf},
    process::Command,
};

use rusqlite::{Connection, OpenFlags};
use serde_json::{Value, json};
use tempfile::TempDir;
use testkit::{Http, Shop};

use crate::child::{Server, kasse, run};

const NOBODY: u32 = 65534;
pub(crate) const GOOD: [&str; 6] =
    ["--mode", "production", "--proxy", "127.0.0.1", "--public-url", "https://pay.example.com"];

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// A home of an ordinary user, with a copy of the binary it can run.
pub(crate) struct Ordinary {
    pub(crate) home: PathBuf,
    program: PathBuf,
    _directory: TempDir,
}

impl Ordinary {
    pub(crate) fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let (home, program) = (directory.path().join("home"), directory.path().join("kasse"));
        fs::create_dir(&home).unwrap();
        fs::set_permissions(directory.path(), Permissions::from_mode(0o755)).unwrap();
        // By another process: a file this one has open for writing is inherited by children started meanwhile, and cannot be run then.
        let copied = Command::new("cp").arg(env!("CARGO_BIN_EXE_kasse")).arg(&program).status().unwrap();
        assert!(copied.success());
        fs::set_permissions(&program, Permissions::from_mode(0o755)).unwrap();
        if is_root() {
            chown(&home, Some(NOBODY), Some(NOBODY)).unwrap();
        }
        Self { home, program, _directory: directory }
    }

    pub(crate) fn kasse(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.current_dir(&self.home).env_clear().env("RUST_BACKTRACE", "0");
        if is_root() {
            command.uid(NOBODY).gid(NOBODY);
        }
        command
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.home.join("kasse-data")
    }

    /// A file of that user's, for nobody else.
    pub(crate) fn keep(&self, name: &str, text: &str) -> PathBuf {
        let path = self.home.join(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
        if is_root() {
            chown(&path, Some(NOBODY), Some(NOBODY)).unwrap();
        }
        path
    }

    /// A sales unit made on the command line.
    fn sales_unit(&self) -> Value {
        let arguments = ["sales-unit", "create", "--name", "A real shop", "--market", "NO", "--json"];
        let created = run(self.kasse().args(arguments));
        assert!(created.status.success(), "{}", created.stderr);
        serde_json::from_str(&created.stdout).unwrap()
    }
}

/// Runs a start that must be refused, and answers why it was.
pub(crate) fn refused(command: &mut Command) -> String {
    let finished = run(command.args(["--listen", "127.0.0.1:0"]));
    assert_eq!(finished.status.code(), Some(1), "{}", finished.stderr);
    assert_eq!(finished.stdout, "", "nothing is said of serving");
    assert_eq!(finished.stderr.lines().count(), 1, "one line: {}", finished.stderr);
    finished.stderr
}

/// Every row of every table, to compare: nothing is as unchanged as all of it.
fn contents(data: &Path) -> Vec<String> {
    let connection = Connection::open_with_flags(data.join("kasse.db"), OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    let tables = [
        "instance",
        "sales_units",
        "partners",
        "partner_connections",
        "key_sets",
        "payments",
        "events",
        "kept_answers",
    ];
    let rows = |table| {
        let mut statement = connection.prepare(&format!("select * from {table}")).unwrap();
        let columns = statement.column_count();
        let row = |row: &rusqlite::Row<'_>| -> rusqlite::Result<String> {
            (0..columns).map(|at| Ok(format!("{:?} ", row.get_ref(at)?))).collect()
        };
        statement.query_map([], row).unwrap().map(Result::unwrap).collect::<Vec<_>>()
    };
    tables.into_iter().flat_map(rows).collect()
}

#[test]
fn each_mistake_of_a_production_start_is_refused_and_leaves_nothing_behind() {
    let user = Ordinary::new();
    for (without, more, word) in [
        ("--proxy", &[][..], "--proxy"),
        ("--public-url", &[], "--public-url"),
        ("", &["--insecure-return-urls", "on"], "--insecure-return-urls"),
        ("", &["--i-know-this-is-a-sandbox"], "--i-know-this-is-a-sandbox"),
    ] {
        let given = GOOD.chunks(2).filter(|pair| pair[0] != without).flatten();
        let reason = refused(user.kasse().args(given).args(more));
        assert!(reason.contains("not started: ") && reason.contains(word), "{without} {more:?}: {reason}");
        assert!(!user.data().exists(), "{without} {more:?}");
    }
}

#[test]
fn a_public_address_without_tls_is_refused() {
    let user = Ordinary::new();
    let plain = ["--mode", "production", "--proxy", "127.0.0.1", "--public-url", "http://pay.example.com"];
    let reason = refused(user.kasse().args(plain));
    assert!(reason.contains("https"), "{reason}");
    assert!(!user.data().exists());
}

#[test]
fn root_is_refused_in_production() {
    // Who is not root cannot be tempted.
    if !is_root() {
        return;
    }
    let home = tempfile::tempdir().unwrap();
    let reason = refused(kasse(home.path()).args(GOOD));
    assert!(reason.contains("root"), "{reason}");
    assert!(!home.path().join("kasse-data").exists());
}

#[test]
fn a_directory_others_can_read_is_refused_in_production() {
    let user = Ordinary::new();
    for mode in [0o750, 0o705, 0o710] {
        if !user.data().exists() {
            fs::create_dir(user.data()).unwrap();
        }
        fs::set_permissions(user.data(), Permissions::from_mode(mode)).unwrap();
        if is_root() {
            chown(user.data(), Some(NOBODY), Some(NOBODY)).unwrap();
        }
        let reason = refused(user.kasse().args(GOOD));
        assert!(reason.contains("chmod 700"), "{mode:o}: {reason}");
        assert_eq!(fs::read_dir(user.data()).unwrap().count(), 0, "{mode:o}");
    }
}

#[test]
fn a_sandbox_listens_on_this_machine_only_unless_told_otherwise() {
    let home = tempfile::tempdir().unwrap();
    for address in ["0.0.0.0:0", "[::]:0"] {
        let finished = run(kasse(home.path()).args(["--listen", address]));
        assert_eq!(finished.status.code(), Some(1), "{address}");
        assert!(finished.stderr.contains("--i-know-this-is-a-sandbox"), "{}", finished.stderr);
        assert_eq!(finished.stdout, "", "{address}");
    }
    let child =
        crate::child::Child::spawn(kasse(home.path()).args(["--listen", "0.0.0.0:0", "--i-know-this-is-a-sandbox"]));
    Server::of(child, std::time::Instant::now()).stop();
}

#[test]
fn the_mode_of_a_directory_is_never_changed() {
    let home = tempfile::tempdir().unwrap();
    Server::start(&mut kasse(home.path())).stop();
    let before = contents(&home.path().join("kasse-data"));
    for change in [&["--mode", "production"][..], &[]] {
        let mut command = kasse(home.path());
        let reason = run(command.args(change).args(["sales-unit", "list"]).env("KASSE_MODE", "production")).stderr;
        assert!(reason.contains("was initialised as sandbox and stays that"), "{reason}");
    }
    assert_eq!(contents(&home.path().join("kasse-data")), before);

    let user = Ordinary::new();
    Server::start(user.kasse().args(GOOD)).stop();
    let before = contents(&user.data());
    let reason = refused(user.kasse().args(["--mode", "sandbox"]));
    assert!(reason.contains("was initialised as production and stays that"), "{reason}");
    let reason = refused(user.kasse().env("KASSE_MODE", "sandbox"));
    assert!(reason.contains("was initialised as production and stays that"), "{reason}");
    // Nothing said of the mode: it is production all the same, with all it asks for.
    let reason = refused(&mut user.kasse());
    assert!(reason.contains("not started: ") && reason.contains("--proxy"), "{reason}");
    assert_eq!(contents(&user.data()), before);
}

#[test]
fn a_sandbox_is_refused_by_a_production_start() {
    let user = Ordinary::new();
    Server::start(&mut user.kasse()).stop();
    let before = contents(&user.data());
    let reason = refused(user.kasse().args(GOOD));
    assert!(reason.contains("was initialised as sandbox and stays that; name another directory"), "{reason}");
    assert_eq!(contents(&user.data()), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn production_starts_with_no_keys_and_refuses_the_published_ones() {
    let user = Ordinary::new();
    let server = Server::start(user.kasse().args(GOOD));
    assert!(server.welcome.starts_with("Kasse serves payments on https://pay.example.com\n"), "{}", server.welcome);
    assert!(!server.welcome.contains("KASSE_"), "{}", server.welcome);
    assert!(server.welcome.contains("Nobody can approve a payment here yet"), "{}", server.welcome);
    let http = Http::new(server.address);
    assert_eq!(http.send("GET", "/readyz", &[], "").await.status, 200);
    let headers = [
        ("client_id", engine::merchant::example::CLIENT_ID),
        ("client_secret", engine::merchant::example::CLIENT_SECRET),
        ("ocp-apim-subscription-key", engine::merchant::example::SUBSCRIPTION_KEY),
    ];
    assert_eq!(http.send("POST", "/accesstoken/get", &headers, "").await.status, 401);
    assert_eq!(http.send("POST", "/accesstoken/get", &headers[..2], "").await.status, 401);
    server.stop();
    let list = run(user.kasse().args(["sales-unit", "list", "--json"]));
    assert_eq!(list.stdout.trim(), "[]", "{}", list.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn production_serves_real_keys_and_approves_nothing_by_a_call() {
    let user = Ordinary::new();
    Server::start(user.kasse().args(GOOD)).stop();
    let keys = user.sales_unit();
    let server = Server::start(user.kasse().args(&GOOD[2..]));
    let text = |name: &str| keys[name].as_str().unwrap().to_owned();
    let (msn, id, secret, key) =
        (text("merchantSerialNumber"), text("clientId"), text("clientSecret"), text("subscriptionKey"));
    let shop = Shop::with_keys(Http::new(server.address), &msn, &id, &secret, &key).await;
    let created = shop.create("real-payment", 1000).await;
    assert_eq!(created.status, 201, "{}", created.text());
    assert!(created.json()["redirectUrl"].as_str().unwrap().starts_with("https://pay.example.com/pay?token="));

    let before = contents(&user.data());
    let token = created.json()["redirectUrl"].as_str().unwrap().split_once("token=").unwrap().1.to_owned();
    let bodies = [
        json!({ "customer": { "phoneNumber": "4712345678" } }).to_string(),
        json!({ "token": token }).to_string(),
        "{}".to_owned(),
        String::new(),
        "no JSON".to_owned(),
    ];
    for reference in ["real-payment", "no-such-payment"] {
        for body in &bodies {
            for more in [&[][..], &[("x-mode", "sandbox"), ("host", "localhost")]] {
                let path = format!("/epayment/v1/test/payments/{reference}/approve");
                let answer = shop.call("POST", &path, more, body.clone()).await;
                assert_eq!(answer.outcome(), "403 10020", "{reference} {body}");
            }
        }
    }
    assert_eq!(shop.log("real-payment").await, "CREATED");
    assert_eq!(contents(&user.data()), before, "the store is unchanged");
    // Without its flag production also refuses to send payers to plain http.
    let mut plain = Shop::proposal("plain-http", 1000);
    plain["returnUrl"] = json!("http://localhost/done");
    assert_eq!(shop.post("/payments", "plain-http", &plain).await.outcome(), "400 4090");
    server.stop();
    assert_eq!(run(user.kasse().arg("verify")).status.code(), Some(0));
}
