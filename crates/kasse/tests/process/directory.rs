//! The data directory: one process at a time, for its owner's eyes only, and never used when something of it is missing or damaged.

use std::{
    fs::{self, OpenOptions, Permissions},
    io::{Seek as _, SeekFrom, Write as _},
    os::unix::fs::{MetadataExt as _, PermissionsExt as _},
    path::Path,
    time::{Duration, Instant},
};

use testkit::{Http, Shop};

use crate::child::{Finished, Server, kasse, run};

fn mode_of(path: &Path) -> u32 {
    fs::metadata(path).unwrap().mode() & 0o777
}

/// Runs a start that must be refused at once.
fn refused(home: &Path) -> Finished {
    let started = Instant::now();
    let finished = run(kasse(home).args(["--listen", "127.0.0.1:0"]));
    assert_eq!(finished.status.code(), Some(1), "{}", finished.stderr);
    assert!(started.elapsed() < Duration::from_secs(2), "{:?}", started.elapsed());
    assert_eq!(finished.stdout, "", "nothing is said of serving");
    finished
}

/// A home in which a server has run.
fn used() -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    Server::start(&mut kasse(home.path())).stop();
    home
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_process_on_the_same_directory_exits_at_once_and_says_why() {
    let home = tempfile::tempdir().unwrap();
    let data = home.path().join("data");
    let server = Server::start(kasse(home.path()).arg("--data").arg(&data));
    let shop = Shop::example(Http::new(server.address)).await;
    for _ in 0..3 {
        let started = Instant::now();
        let second = run(kasse(home.path()).args(["--listen", "127.0.0.1:0", "--data"]).arg(&data));
        assert!(started.elapsed() < Duration::from_secs(2), "{:?}", started.elapsed());
        assert_eq!(second.status.code(), Some(1));
        let reason = format!("another kasse is running on {} (process ", data.display());
        assert!(second.stderr.contains(&reason), "{}", second.stderr);
        assert_eq!(second.stdout, "");
    }
    // The first has not noticed.
    assert_eq!(shop.create("undisturbed", 1000).await.status, 201);
    server.stop();
    // And once it has stopped, the directory is free.
    Server::start(kasse(home.path()).arg("--data").arg(&data)).stop();
}

#[test]
fn a_port_that_is_taken_is_said_in_one_line() {
    let home = tempfile::tempdir().unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let finished = run(kasse(home.path()).args(["--listen", &address]));
    assert_eq!(finished.status.code(), Some(1));
    assert!(finished.stderr.contains(&format!("cannot listen on {address}")), "{}", finished.stderr);
    assert!(finished.stderr.contains("--listen"), "{}", finished.stderr);
}

#[test]
fn the_directory_and_its_keys_are_for_their_owner_only() {
    let home = used();
    let data = home.path().join("kasse-data");
    assert_eq!(mode_of(&data), 0o700);
    assert_eq!(mode_of(&data.join("keys.json")), 0o600);
    for mode in [0o640, 0o604, 0o620, 0o601] {
        fs::set_permissions(data.join("keys.json"), Permissions::from_mode(mode)).unwrap();
        let finished = refused(home.path());
        assert!(finished.stderr.contains("keys.json can be read by others; run `chmod 600"), "{}", finished.stderr);
    }
    fs::set_permissions(data.join("keys.json"), Permissions::from_mode(0o600)).unwrap();
    Server::start(&mut kasse(home.path())).stop();
}

#[test]
fn a_database_without_its_keys_is_refused_and_no_new_keys_are_made() {
    let home = used();
    let keys = home.path().join("kasse-data/keys.json");
    let text = fs::read(&keys).unwrap();
    fs::remove_file(&keys).unwrap();
    let finished = refused(home.path());
    assert!(
        finished.stderr.contains("keys.json is missing though there is a database; restore it"),
        "{}",
        finished.stderr
    );
    assert!(!keys.exists());
    for damaged in [&b""[..], b"{}", b"no JSON", &text[..text.len() / 2]] {
        fs::write(&keys, damaged).unwrap();
        fs::set_permissions(&keys, Permissions::from_mode(0o600)).unwrap();
        let finished = refused(home.path());
        assert!(finished.stderr.contains("keys.json holds no keys of ours; restore it"), "{}", finished.stderr);
        assert_eq!(fs::read(&keys).unwrap(), damaged, "it is left as it was");
    }
    fs::write(&keys, text).unwrap();
    Server::start(&mut kasse(home.path())).stop();
}

#[test]
fn keys_without_a_database_are_kept_and_used() {
    let home = used();
    let data = home.path().join("kasse-data");
    let keys = fs::read(data.join("keys.json")).unwrap();
    fs::remove_file(data.join("kasse.db")).unwrap();
    Server::start(&mut kasse(home.path())).stop();
    assert_eq!(fs::read(data.join("keys.json")).unwrap(), keys);
}

#[test]
fn a_damaged_database_is_refused_with_a_word_on_restoring() {
    let damage = |name: &str, at: SeekFrom, bytes: &[u8]| {
        let home = used();
        let database = home.path().join("kasse-data/kasse.db");
        let mut file = OpenOptions::new().write(true).open(&database).unwrap();
        file.seek(at).unwrap();
        file.write_all(bytes).unwrap();
        file.sync_all().unwrap();
        drop(file);
        let before = fs::read(&database).unwrap();
        for command in ["serve", "verify"] {
            let finished = run(kasse(home.path()).arg(command).args(["--listen", "127.0.0.1:0"]));
            assert_eq!(finished.status.code(), Some(1), "{name} {command}: {finished:?}");
            assert!(finished.stderr.contains("is damaged"), "{name} {command}: {}", finished.stderr);
            assert!(finished.stderr.contains("restore the latest backup"), "{name} {command}: {}", finished.stderr);
        }
        assert_eq!(fs::read(&database).unwrap(), before, "{name}: it is left as it was");
    };
    damage("header", SeekFrom::Start(0), &[0xAA; 100]);
    damage("all of the first page", SeekFrom::Start(0), &[0x55; 4096]);
    damage("the schema", SeekFrom::Start(100), &[0xAA; 500]);
}

#[test]
fn something_else_in_place_of_the_directory_is_refused() {
    let home = tempfile::tempdir().unwrap();
    fs::write(home.path().join("kasse-data"), "a file").unwrap();
    let finished = refused(home.path());
    assert!(finished.stderr.contains("kasse-data"), "{}", finished.stderr);
    assert_eq!(fs::read(home.path().join("kasse-data")).unwrap(), b"a file");
}
