//! Administration beside a running server: the same commands with the same words, in force at once, for the server's own user only.
//!
//! The socket is also spoken to without a command: with rubbish, with too much, with nothing, and by somebody else.

use std::{
    collections::BTreeSet,
    fs::{self, Permissions},
    io::{Read as _, Write as _},
    net::Shutdown,
    os::unix::{
        fs::{FileTypeExt as _, MetadataExt as _, PermissionsExt as _},
        net::{UnixListener, UnixStream},
        process::CommandExt as _,
    },
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use serde_json::Value;
use testkit::{Http, Shop};

use crate::child::{Child, Finished, PATIENCE, Server, Signal, kasse, run};

const EXAMPLE_MSN: &str = "123456";
/// A user that owns nothing.
const NOBODY: u32 = 65_534;

fn socket(home: &Path) -> PathBuf {
    home.join("kasse-data/administration.sock")
}

/// Runs a command that must succeed, and answers what it said.
fn said(home: &Path, arguments: &[&str]) -> String {
    let finished = run(kasse(home).args(arguments));
    assert_eq!(finished.status.code(), Some(0), "{arguments:?}: {}", finished.stderr);
    finished.stdout
}

fn json(home: &Path, arguments: &[&str]) -> Value {
    serde_json::from_str(&said(home, arguments)).unwrap()
}

/// Sends this and nothing more, and answers what comes back.
fn converse(socket: &Path, request: &[u8]) -> String {
    let mut stream = UnixStream::connect(socket).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    // Whoever is refused early may find the other end closed.
    let _refused_early = stream.write_all(request);
    let _refused_early = stream.shutdown(Shutdown::Write);
    rest(&mut stream)
}

fn rest(stream: &mut UnixStream) -> String {
    let mut answer = Vec::new();
    let _broken_off_at_the_end = stream.read_to_end(&mut answer);
    String::from_utf8(answer).unwrap()
}

/// Every command once, with what it said on both streams. Numbers, ids and secrets are replaced by what they are.
fn every_command(home: &Path) -> Vec<String> {
    let shop = json(home, &["sales-unit", "create", "--name", "Shop", "--market", "NO", "--json"]);
    let partner = json(home, &["partner", "create", "--name", "Platform", "--json"]);
    let second = json(home, &["partner", "create", "--name", "Second", "--json"]);
    let of = |made: &Value, name: &str| made[name].as_str().unwrap().to_owned();
    let (msn, partner, second) =
        (of(&shop, "merchantSerialNumber"), of(&partner, "partnerId"), of(&second, "partnerId"));
    let commands: &[&[&str]] = &[
        &["sales-unit", "create", "--name", "Other", "--market", "DK"],
        &["sales-unit", "set", &msn, "late_capture=off"],
        &["sales-unit", "set", "999999999", "late_capture=off"],
        &["sales-unit", "set", &msn, "free_lunch=on"],
        &["partner", "create", "--name", "Third"],
        &["partner", "connect", &partner, &msn],
        &["partner", "connect", &partner, &msn],
        &["partner", "connect", &second, &msn],
        &["partner", "connect", "partner-x", &msn],
        &["partner", "connect", &partner, "999999999"],
        &["partner", "disconnect", &msn],
        &["partner", "disconnect", &msn],
        &["partner", "disconnect", "999999999"],
        &["partner", "connect", &second, &msn],
        &["keys", "rotate", &msn, "client-secret"],
        &["keys", "rotate", &partner, "primary"],
        &["keys", "rotate", "999999999", "primary"],
        &["keys", "revoke", &msn, "primary"],
        &["keys", "revoke", &msn, "secondary"],
        &["keys", "revoke", &msn, "client-secret"],
        &["keys", "revoke", &partner, "secondary"],
        &["keys", "revoke", "somebody", "primary"],
    ];
    let shape = |text: &str| {
        let text = text.replace(&msn, "MSN").replace(&partner, "PARTNER").replace(&second, "SECOND");
        let line = |line: &str| match line.split_once('=') {
            Some((name, value)) if name.starts_with("KASSE_") => format!("{name}={} bytes\n", value.len()),
            _ => format!("{line}\n"),
        };
        text.lines().map(line).collect::<String>()
    };
    let outcome = |arguments: &&[&str]| {
        let Finished { status, stdout, stderr } = run(kasse(home).args(*arguments));
        let asked = shape(&arguments.join(" "));
        format!("{asked}{:?}\n{}{}", status.code(), shape(&stdout), shape(&stderr))
    };
    let mut outcomes: Vec<String> = commands.iter().map(outcome).collect();
    let sorted = |text: String| text.lines().map(|line| shape(&line[10..])).collect::<BTreeSet<_>>();
    outcomes.extend(sorted(said(home, &["sales-unit", "list"])));
    outcomes.extend(said(home, &["partner", "list"]).lines().map(|line| shape(&line[14..])).collect::<BTreeSet<_>>());
    outcomes
}

#[test]
fn every_command_says_the_same_beside_a_running_server_as_without_one() {
    let (alone, beside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    Server::start(&mut kasse(alone.path())).stop();
    let server = Server::start(&mut kasse(beside.path()));
    let (alone, beside) = (every_command(alone.path()), every_command(beside.path()));
    assert_eq!(alone, beside);
    let all = alone.join("\n");
    for words in [
        "partner connect PARTNER MSN\nSome(0)\nMSN is connected to PARTNER (Platform)\n",
        "partner connect SECOND MSN\nSome(1)\nkasse: MSN is connected to PARTNER (Platform) and may have one partner only; \
         disconnect it first with `kasse partner disconnect MSN`\n",
        "partner disconnect MSN\nSome(0)\nMSN is no longer connected to PARTNER (Platform)\n",
        "partner disconnect MSN\nSome(0)\nMSN was connected to no partner\n",
        "partner disconnect 999999999\nSome(1)\nkasse: there is no sales unit 999999999",
        "keys rotate PARTNER primary\nSome(0)\nKASSE_SUBSCRIPTION_KEY=32 bytes\nKeep it now",
        "keys revoke MSN primary\nSome(0)\n\
         The primary subscription key of MSN is void, and so is every access token issued to MSN so far.\n\
         Programs that use the secondary subscription key go on once they have a new access token.\n\
         Make the key anew with `kasse keys rotate MSN primary`.\n",
        "until there is a subscription key again.",
        "until there is a client secret again.",
        "  Second  (connected: MSN)",
        "KASSE_PARTNER_ID=14 bytes\nKASSE_CLIENT_ID=36 bytes\nKASSE_CLIENT_SECRET=32 bytes\nKASSE_SUBSCRIPTION_KEY=32 bytes\n",
    ] {
        assert!(all.contains(words), "{words}\nis not in\n{all}");
    }
    let log = server.stop().stderr;
    assert!(log.contains(r#"command="partner connect""#) && log.contains("done=false"), "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_changed_beside_a_server_counts_there_at_once() {
    let home = tempfile::tempdir().unwrap();
    let server = Server::start(&mut kasse(home.path()));
    let http = Http::new(server.address);
    let of = |made: &Value, name: &str| made[name].as_str().unwrap().to_owned();
    let log_in = async |made: &Value, msn: &str| {
        let [id, secret, key] = ["clientId", "clientSecret", "subscriptionKey"].map(|name| of(made, name));
        Shop::with_keys(http.clone(), msn, &id, &secret, &key).await
    };
    let made = json(home.path(), &["sales-unit", "create", "--name", "Shop", "--market", "NO", "--json"]);
    let msn = of(&made, "merchantSerialNumber");
    let shop = log_in(&made, &msn).await;
    assert_eq!(shop.create("acme-shop-1", 1000).await.status, 201);
    let read = async |shop: &Shop| shop.get("/payments/acme-shop-1").await.status;

    said(home.path(), &["sales-unit", "set", &msn, "active=off"]);
    assert_eq!(read(&shop).await, 403);
    said(home.path(), &["sales-unit", "set", &msn, "active=on"]);
    assert_eq!(read(&shop).await, 401, "what was issued before it was switched off is void");
    let shop = log_in(&made, &msn).await;
    assert_eq!(read(&shop).await, 200);

    let made = json(home.path(), &["partner", "create", "--name", "Platform", "--json"]);
    let partner_id = of(&made, "partnerId");
    let partner = log_in(&made, &msn).await;
    assert_eq!(read(&partner).await, 403);
    said(home.path(), &["partner", "connect", &partner_id, &msn]);
    assert_eq!(read(&partner).await, 200);
    said(home.path(), &["partner", "disconnect", &msn]);
    assert_eq!(read(&partner).await, 403);
    said(home.path(), &["partner", "connect", &partner_id, &msn]);

    said(home.path(), &["keys", "rotate", &partner_id, "client-secret"]);
    assert_eq!(read(&partner).await, 200, "tokens run out by themselves");
    said(home.path(), &["keys", "revoke", &partner_id, "client-secret"]);
    assert_eq!((read(&partner).await, read(&shop).await), (401, 200));
    said(home.path(), &["keys", "revoke", &msn, "secondary"]);
    assert_eq!(read(&shop).await, 401);
    let findings = run(kasse(home.path()).arg("verify"));
    assert!(findings.status.success(), "{findings:?}");
    server.stop();
    assert_eq!(said(home.path(), &["partner", "list"]), format!("{partner_id}  Platform  (connected: {msn})\n"));
}

#[test]
fn twenty_commands_at_once_are_all_carried_out_beside_a_server_and_without() {
    let home = tempfile::tempdir().unwrap();
    let server = Server::start(&mut kasse(home.path()));
    let twenty = |name: &str| {
        let create = ["sales-unit", "create", "--name", name, "--market", "NO"];
        let children: Vec<Child> = (0..20).map(|_| Child::spawn(kasse(home.path()).args(create))).collect();
        for child in children {
            let finished = child.wait(PATIENCE);
            assert_eq!(finished.status.code(), Some(0), "{}", finished.stderr);
        }
    };
    let count = || said(home.path(), &["sales-unit", "list"]).lines().count();
    twenty("Beside");
    assert_eq!(count(), 21);
    server.stop();
    twenty("Alone");
    assert_eq!(count(), 41);
}

#[test]
fn the_socket_is_its_owners_and_is_there_only_while_the_server_runs() {
    let home = tempfile::tempdir().unwrap();
    let server = Server::start(&mut kasse(home.path()));
    let metadata = fs::symlink_metadata(socket(home.path())).unwrap();
    assert!(metadata.file_type().is_socket());
    assert_eq!(metadata.mode() & 0o777, 0o600);
    assert!(!home.path().join("kasse-data/administration.new").exists());
    server.stop();
    assert!(fs::symlink_metadata(socket(home.path())).is_err(), "removed");
}

#[test]
fn another_user_is_refused_whatever_the_modes_of_files_say() {
    let home = tempfile::tempdir().unwrap();
    let server = Server::start(&mut kasse(home.path()));
    if !rustix::process::geteuid().is_root() {
        // Only root can be somebody else; that the mode keeps others out is asked above.
        server.stop();
        return;
    }
    // A copy that others may run, wherever the original lies.
    let copy = home.path().join("kasse");
    // Made by a process of its own: a descriptor of ours that another test's child inherits would keep it from being run.
    assert!(Command::new("cp").arg(env!("CARGO_BIN_EXE_kasse")).arg(&copy).status().unwrap().success());
    let open = |path: &Path, mode| fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
    open(home.path(), 0o755);
    open(&copy, 0o755);
    let as_nobody = || {
        let mut command = Command::new(&copy);
        command.current_dir(home.path()).env_clear().uid(NOBODY).gid(NOBODY).args(["sales-unit", "list"]);
        run(&mut command)
    };
    let finished = as_nobody();
    assert_eq!((finished.status.code(), finished.stdout.as_str()), (Some(1), ""), "{}", finished.stderr);
    // Let everything be open but the socket, and then that too: the server still asks who it is.
    let data = home.path().join("kasse-data");
    open(&data, 0o777);
    for file in ["lock", "kasse.db", "kasse.db-wal", "kasse.db-shm"] {
        open(&data.join(file), 0o666);
    }
    let finished = as_nobody();
    assert_eq!((finished.status.code(), finished.stdout.as_str()), (Some(1), ""), "{}", finished.stderr);
    assert!(finished.stderr.contains("administration.sock cannot be opened: Permission denied"), "{}", finished.stderr);
    open(&socket(home.path()), 0o666);
    let finished = as_nobody();
    assert_eq!((finished.status.code(), finished.stdout.as_str()), (Some(1), ""), "{}", finished.stderr);
    assert!(finished.stderr.contains("only the user the server runs as, and root"), "{}", finished.stderr);
    assert_eq!(said(home.path(), &["sales-unit", "list"]).lines().count(), 1, "its owner goes on");
    let log = server.stop().stderr;
    assert!(log.contains("administration was refused to a process of another user"), "{log}");
}

#[test]
fn whatever_is_no_request_is_refused_and_nothing_comes_of_it() {
    let home = tempfile::tempdir().unwrap();
    let server = Server::start(&mut kasse(home.path()));
    let socket = socket(home.path());
    let before = said(home.path(), &["sales-unit", "list"]);
    let name = "x".repeat(101);
    for request in [
        Vec::new(),
        b"\0\xff\xfe".repeat(100),
        b"GET / HTTP/1.1\r\nHost: a\r\n\r\n".to_vec(),
        b"null".to_vec(),
        b"[]".to_vec(),
        b"{}".to_vec(),
        b"\"list_sales_units\" \"list_sales_units\"".to_vec(),
        b"\"drop_everything\"".to_vec(),
        b"{\"list_sales_units\":".to_vec(),
        br#"{"create_sales_unit":{"name":"Shop","market":"NO","more":1}}"#.to_vec(),
        br#"{"create_sales_unit":{"name":"Shop","market":"SE"}}"#.to_vec(),
        br#"{"create_sales_unit":{"name":"a\nb","market":"NO"}}"#.to_vec(),
        format!(r#"{{"create_sales_unit":{{"name":"{name}","market":"NO"}}}}"#).into_bytes(),
        br#"{"set_flags":{"msn":"12x456","switches":[{"flag":"active","on":false}]}}"#.to_vec(),
        br#"{"set_flags":{"msn":"123456","switches":[{"flag":"free_lunch","on":false}]}}"#.to_vec(),
        br#"{"rotate_key":{"holder":"123456","key":"third"}}"#.to_vec(),
        "[".repeat(16 * 1024).into_bytes(),
    ] {
        let answer = converse(&socket, &request);
        assert!(answer.starts_with(r#"{"refused":"the server does not understand"#), "{request:?}: {answer}");
    }
    for length in [16 * 1024 + 1, 1024 * 1024, 16 * 1024 * 1024] {
        let answer = converse(&socket, &vec![b' '; length]);
        assert_eq!(answer, r#"{"refused":"the request is too long"}"#, "{length}");
    }
    let mut longest = br#""list_sales_units""#.to_vec();
    longest.resize(16 * 1024, b' ');
    assert!(converse(&socket, &longest).starts_with(r#"{"sales_units":["#), "the last length that passes");
    assert_eq!(said(home.path(), &["sales-unit", "list"]), before);
    server.stop();
}

#[test]
fn silent_clients_are_sent_away_and_hold_up_neither_commands_nor_a_stop() {
    let home = tempfile::tempdir().unwrap();
    let server = Server::start(&mut kasse(home.path()));
    // More than are listened to at once: the command waits for a place, and gets one when the first have had their time.
    let mut silent: Vec<UnixStream> = (0..12).map(|_| UnixStream::connect(socket(home.path())).unwrap()).collect();
    silent[0].write_all(b"\"list_").unwrap();
    let asked = Instant::now();
    assert_eq!(said(home.path(), &["sales-unit", "list"]).lines().count(), 1);
    assert!(asked.elapsed() < Duration::from_secs(10), "{:?}", asked.elapsed());
    assert_eq!(rest(&mut silent[0]), r#"{"refused":"the request took too long to arrive"}"#);
    let _still_silent: Vec<UnixStream> = (0..12).map(|_| UnixStream::connect(socket(home.path())).unwrap()).collect();
    let asked = Instant::now();
    server.stop();
    assert!(asked.elapsed() < Duration::from_secs(5), "{:?}", asked.elapsed());
}

#[test]
fn a_client_that_does_not_take_its_answer_does_not_hold_up_a_stop() {
    let home = tempfile::tempdir().unwrap();
    Server::start(&mut kasse(home.path())).stop();
    // More sales units than fit into what the system keeps of an answer.
    let database = rusqlite::Connection::open(home.path().join("kasse-data/kasse.db")).unwrap();
    let make = "insert into sales_units select ?1, name, market, space, flags, created_at from sales_units where msn = '123456'";
    let transaction = database.unchecked_transaction().unwrap();
    for number in 1_000_000..1_002_000 {
        transaction.execute(make, [number.to_string()]).unwrap();
    }
    transaction.commit().unwrap();
    drop(database);
    let server = Server::start(&mut kasse(home.path()));
    let mut stream = UnixStream::connect(socket(home.path())).unwrap();
    stream.write_all(b"\"list_sales_units\"").unwrap();
    stream.shutdown(Shutdown::Write).unwrap();
    stream.read_exact(&mut [0]).unwrap();
    let asked = Instant::now();
    server.stop();
    assert!(asked.elapsed() < Duration::from_secs(4), "{:?}", asked.elapsed());
    assert!(!rest(&mut stream).ends_with(']'), "the rest was never sent");
}

#[test]
fn a_client_that_goes_away_leaves_the_server_as_it_was() {
    let home = tempfile::tempdir().unwrap();
    let server = Server::start(&mut kasse(home.path()));
    for request in [&b""[..], b"\"list_", b"\"list_sales_units\""] {
        for _ in 0..20 {
            let mut stream = UnixStream::connect(socket(home.path())).unwrap();
            stream.write_all(request).unwrap();
        }
    }
    assert_eq!(said(home.path(), &["sales-unit", "list"]).lines().count(), 1);
    server.stop();
}

#[test]
fn a_socket_left_by_a_crash_is_no_obstacle_with_or_without_a_server() {
    let home = tempfile::tempdir().unwrap();
    let server = Server::start(&mut kasse(home.path()));
    server.child.signal(Signal::KILL);
    server.child.wait(PATIENCE);
    assert!(socket(home.path()).exists(), "nobody was there to remove it");
    assert_eq!(said(home.path(), &["sales-unit", "list"]).lines().count(), 1);
    // One that was not yet in its place is there as well.
    drop(UnixListener::bind(home.path().join("kasse-data/administration.new")).unwrap());
    let server = Server::start(&mut kasse(home.path()));
    assert_eq!(fs::symlink_metadata(socket(home.path())).unwrap().mode() & 0o777, 0o600);
    let created = said(home.path(), &["partner", "create", "--name", "After the crash"]);
    assert!(created.starts_with("KASSE_PARTNER_ID=partner-"), "{created}");
    assert!(!server.stop().stderr.contains("WARN"));
    assert!(!socket(home.path()).exists());
}

#[test]
fn a_long_path_of_the_data_directory_is_no_obstacle() {
    let home = tempfile::tempdir().unwrap();
    let home_bytes = home.path().as_os_str().len();
    // Both sides of where a path is too long for the socket under its first name, its last name and any, and one far longer.
    for length in [79, 80, 84, 85, 108, 420] {
        let mut data = "d".repeat(length - home_bytes - 1);
        if data.len() > 200 {
            data.replace_range(200..201, "/");
        }
        let data = home.path().join(data);
        assert_eq!(data.as_os_str().len(), length);
        let data = data.to_str().unwrap();
        let server = Server::start(kasse(home.path()).args(["--data", data]));
        let listed = said(home.path(), &["sales-unit", "list", "--data", data]);
        assert_eq!(listed, "123456      NO  Acme Demo Shop\n");
        assert!(!server.stop().stderr.contains("WARN"));
        assert!(!Path::new(data).join("administration.sock").exists());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn where_the_socket_cannot_be_the_server_serves_and_commands_say_why_they_do_not() {
    let home = tempfile::tempdir().unwrap();
    Server::start(&mut kasse(home.path())).stop();
    fs::write(socket(home.path()), "somebody's notes").unwrap();
    let server = Server::start(&mut kasse(home.path()));
    let shop = Shop::example(Http::new(server.address)).await;
    assert_eq!(shop.create("acme-shop-1", 1000).await.status, 201);
    let asked = Instant::now();
    let finished = run(kasse(home.path()).args(["sales-unit", "list"]));
    assert_eq!((finished.status.code(), finished.stdout.as_str()), (Some(1), ""), "{}", finished.stderr);
    assert!(finished.stderr.contains("another kasse is running on ./kasse-data (process "), "{}", finished.stderr);
    assert!(finished.stderr.contains("it does not answer to administration"), "{}", finished.stderr);
    assert!(asked.elapsed() < Duration::from_secs(15), "{:?}", asked.elapsed());
    let log = server.stop().stderr;
    assert!(log.contains("administration commands need the server to be stopped"), "{log}");
    assert!(log.contains("something that is no socket has its name; move it away"), "{log}");
    assert_eq!(fs::read_to_string(socket(home.path())).unwrap(), "somebody's notes", "it is left alone");
}

#[test]
fn a_command_for_the_other_mode_is_refused_beside_a_server_too() {
    let home = tempfile::tempdir().unwrap();
    let server = Server::start(&mut kasse(home.path()));
    let finished = run(kasse(home.path()).args(["--mode", "production", "sales-unit", "list"]));
    assert_eq!(finished.status.code(), Some(1));
    assert!(finished.stderr.contains("was initialised as sandbox and stays that"), "{}", finished.stderr);
    let list = ["--mode", "sandbox", "sales-unit", "list"];
    assert_eq!(said(home.path(), &list), "123456      NO  Acme Demo Shop\n");
    server.stop();
}

#[test]
fn no_secret_and_no_name_reaches_the_log_by_administration() {
    let home = tempfile::tempdir().unwrap();
    let server = Server::start(kasse(home.path()).args(["--log", "trace"]));
    let made = json(home.path(), &["sales-unit", "create", "--name", "Canary shop", "--market", "NO", "--json"]);
    let partner = json(home.path(), &["partner", "create", "--name", "Canary platform", "--json"]);
    let rotated = said(home.path(), &["keys", "rotate", EXAMPLE_MSN, "client-secret"]);
    said(home.path(), &["keys", "revoke", EXAMPLE_MSN, "client-secret"]);
    converse(&socket(home.path()), b"canary rubbish");
    let log = server.stop().stderr;
    assert!(log.contains(r#"command="keys revoke" concerns="123456""#), "{log}");
    let secrets = [&made, &partner].into_iter().flat_map(|made| {
        ["clientId", "clientSecret", "subscriptionKey", "secondarySubscriptionKey"]
            .map(|name| made[name].as_str().unwrap().to_owned())
    });
    let rotated = rotated.trim().split_once('=').unwrap().1.to_owned();
    for kept in secrets.chain([rotated, "Canary".to_owned(), "canary".to_owned()]) {
        assert!(!log.contains(&kept), "{kept} is in the log");
    }
}
