//! Starts that are refused, each in one line that says what to do, with nothing changed.

use std::os::unix::fs::PermissionsExt as _;

use testkit::{Identity, Postgres};

use super::Node;
use crate::{
    child::{Child, run},
    production::{GOOD, Ordinary, refused},
};

/// Refuses to start on this address, in words among which are these.
fn refuses(url: &str, words: &[&str]) {
    let node = Node::of(url.to_owned());
    let reason = refused(&mut node.kasse());
    for word in words {
        assert!(reason.contains(word), "{word} in {reason}");
    }
    assert!(!reason.contains("s3cr3t"), "{reason}");
}

#[test]
fn a_database_that_cannot_be_used_is_refused_with_what_to_do() {
    let server = Postgres::shared();
    let address = server.database();
    let database = |name: &str, sql: &[&str]| {
        for sql in sql {
            server.run("postgres", sql);
        }
        server.url(name)
    };
    refuses("postgres://kasse:s3cr3t@127.0.0.1:1/kasse", &["cannot be reached", "start it, or correct --database-url"]);
    refuses("postgres://kasse@localhost.invalid/kasse", &["cannot be reached"]);
    refuses(&server.url("nowhere"), &["there is no such database", "createdb"]);
    refuses(&address.replacen("postgres@", "nobody@", 1), &["does not let us in", "nobody"]);
    let ascii = "create database ascii encoding 'SQL_ASCII' template template0";
    refuses(&database("ascii", &[ascii]), &["stores text as SQL_ASCII", "--encoding=UTF8"]);
    let read_only = ["create database reading", "alter database reading set default_transaction_read_only = on"];
    refuses(&database("reading", &read_only), &["is read-only", "primary"]);
    let guest = ["create role guest login", "create database hosting"];
    let hosting = database("hosting", &guest).replacen("postgres@", "guest@", 1);
    refuses(&hosting, &["permission denied for database hosting", "make that user the database's owner"]);
    let crowded = ["create role crowded login connection limit 0", "create database crowd owner crowded"];
    let crowd = database("crowd", &crowded).replacen("postgres@", "crowded@", 1);
    refuses(&crowd, &["no connection left", "max_connections"]);
    refuses("mysql://localhost/kasse", &["database-url", "postgres://user@host"]);
    refuses("postgres://kasse:s3cr3t@db.example.com/kasse?sslmode=prefer", &["sslmode", "verify-full"]);
}

#[test]
fn a_database_is_for_one_mode_and_for_programs_it_serves() {
    let node = Node::new();
    let database = node.url.split(['/', '?']).nth(3).unwrap().to_owned();
    node.done(&["migrate"]);
    node.serve().stop();
    let production = refused(node.kasse().args(["--mode", "production"]));
    assert!(production.contains("needs"), "{production}");
    let server = Postgres::shared();
    server.run(&database, "update kasse.instance set mode = 'production', master_key = null");
    for command in [&["serve"][..], &["sales-unit", "list"], &["migrate"], &["config"]] {
        let other = run(node.kasse().args(command).args(["--mode", "sandbox"]));
        assert_eq!(other.status.code(), Some(1), "{command:?}");
        assert!(other.stderr.contains("was initialised as production and stays that"), "{command:?}: {}", other.stderr);
    }
    server.run(&database, "update kasse.instance set mode = 'sandbox'");
    server.run(&database, "insert into kasse.migrations values (1000, 'from the future', 0, 0, 1000)");
    let doctor = run(node.kasse().arg("doctor"));
    assert_eq!(doctor.status.code(), Some(1));
    assert!(doctor.stdout.contains("unsafe: the database was upgraded"), "{}", doctor.stdout);
    for command in ["serve", "migrate"] {
        let newer = run(node.kasse().arg(command));
        assert!(newer.stderr.contains("serves programs that know schema 1000 or later"), "{}", newer.stderr);
    }
    server.run(&database, "delete from kasse.migrations where number = 1000");
    server.run(&database, "update kasse.migrations set checksum = checksum + 1");
    let edited = run(node.kasse().arg("migrate"));
    assert!(edited.stderr.contains("differs from the one this database was made with"), "{}", edited.stderr);
}

#[test]
fn a_database_without_data_is_only_made_by_a_server() {
    let node = Node::new();
    for command in [&["sales-unit", "list"][..], &["verify"]] {
        let missing = run(node.kasse().args(command));
        assert_eq!(missing.status.code(), Some(1));
        assert!(missing.stderr.contains("there is no kasse data in postgres://"), "{command:?}: {}", missing.stderr);
    }
}

#[test]
fn only_a_server_and_migrate_upgrade_a_database() {
    let node = Node::new();
    node.serve().stop();
    let database = node.url.split(['/', '?']).nth(3).unwrap().to_owned();
    let server = Postgres::shared();
    // As one that knows nothing of the last migration left it, as far as anybody looks.
    let last = "number = (select max(number) from kasse.migrations)";
    server.run(&database, &format!("create table kept as select * from kasse.migrations where {last}"));
    server.run(&database, &format!("delete from kasse.migrations where {last}"));
    for command in [&["sales-unit", "list"][..], &["partner", "list"], &["sales-unit", "list", "--mode", "sandbox"]] {
        let older = run(node.kasse().args(command));
        assert_eq!(older.status.code(), Some(1), "{command:?}");
        assert!(older.stderr.contains("upgrade it with `kasse migrate`"), "{command:?}: {}", older.stderr);
    }
    assert!(run(node.kasse().arg("doctor")).stdout.contains("warning: the database was made by an older kasse"));
    let is_upgraded = "select exists (select 1 from kasse.migrations join kept using (number))";
    assert_eq!(server.run(&database, is_upgraded), "f");
    server.run(&database, "insert into kasse.migrations select * from kept");
    node.done(&["sales-unit", "list"]);
}

#[test]
fn whoever_waits_for_another_nodes_migration_says_so() {
    let node = Node::new();
    let database = node.url.split(['/', '?']).nth(3).unwrap().to_owned();
    let migrating = {
        let database = database.clone();
        std::thread::spawn(move || {
            Postgres::shared().try_run(&database, "select pg_advisory_lock(7737592574252154881), pg_sleep(60)")
        })
    };
    let is_at_it = |database: &str| {
        let count = "select count(*) from pg_locks where locktype = 'advisory' and granted
            and database = (select oid from pg_database where datname = current_database())";
        Postgres::shared().run(database, count) == "1"
    };
    while !is_at_it(&database) {}
    let starting = Child::spawn(node.kasse().args(["serve", "--listen", "127.0.0.1:0"]));
    starting.stderr.until("told", |text| text.contains("another node is migrating the database").then_some(()));
    let session = "select pid from pg_stat_activity where datname = current_database() and query like '%pg_sleep(60)%'
        and pid <> pg_backend_pid()";
    let session = Postgres::shared().run(&database, session);
    starting.stderr.until("whose turn it is", |text| text.contains(&format!("session={session}")).then_some(()));
    Postgres::shared().run(&database, &format!("select pg_terminate_backend({session})"));
    assert!(migrating.join().unwrap().is_err(), "it was ended");
    starting.stdout.until("serving", |text| text.contains("Kasse serves").then_some(()));
}

#[test]
fn settings_that_contradict_each_other_are_refused() {
    let node = Node::new();
    let both = refused(node.kasse().args(["--data", "somewhere"]));
    assert!(both.contains("database-url and data exclude each other"), "{both}");
    for setting in ["--master-key-file", "--database-password-file"] {
        let alone = run(crate::child::kasse(node.home.path()).args(["serve", setting, "some-file"]));
        assert!(alone.stderr.contains("needs database-url"), "{}", alone.stderr);
    }
}

#[test]
fn a_sandboxs_master_key_is_where_it_was_made_to_be() {
    let node = Node::new();
    let file = |name: &str, text: &str, mode: u32| {
        let path = node.home.path().join(name);
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let key = file("key", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n", 0o600);
    let another = file("another", "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=", 0o600);
    let open = file("open", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", 0o644);
    let short = file("short", "AAAA", 0o600);
    let missing = node.home.path().join("missing").to_str().unwrap().to_owned();
    let with = |path: &str| refused(node.kasse().args(["--master-key-file", path]));
    for (path, word) in [(&open, "chmod 600"), (&short, "32 bytes in base64"), (&missing, "does not exist")] {
        let reason = with(path);
        assert!(reason.contains(word), "{word} in {reason}");
    }
    // Made with one: from then on it is needed.
    crate::child::Server::start(node.kasse().args(["--master-key-file", &key])).stop();
    assert!(refused(&mut node.kasse()).contains("name the file with the master key with --master-key-file"));
    assert!(with(&another).contains("is not the one this database was sealed with"));
    let database = node.url.split(['/', '?']).nth(3).unwrap();
    let sealed = Postgres::shared().run(database, "select encode(sealed_keys, 'escape') from kasse.instance");
    assert!(!sealed.contains("pepper"), "what is secret is not readable there");
    // Made without: it keeps its own.
    let own = Node::new();
    own.serve().stop();
    assert!(refused(own.kasse().args(["--master-key-file", &key])).contains("leave --master-key-file out"));
}

#[test]
fn production_needs_a_master_key_a_safe_server_and_an_unreadable_way_to_it() {
    let user = Ordinary::new();
    let key = user.keep("master.key", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=");
    let with = |url: &str, more: &[&str]| refused(user.kasse().args(GOOD).args(["--database-url", url]).args(more));
    let key = ["--master-key-file", key.to_str().unwrap()];
    let not_durable = Postgres::shared().database();
    let without = with(&not_durable, &[]);
    assert!(without.contains("production needs --master-key-file"), "{without}");
    let readable = with("postgres://kasse@db.example.com/kasse?sslmode=disable", &key);
    assert!(readable.contains("sends everything readable"), "{readable}");
    let unsafe_server = with(&not_durable, &key);
    assert!(unsafe_server.contains("fsync is off"), "{unsafe_server}");
}

#[test]
fn a_server_that_is_not_who_it_should_be_is_refused() {
    let (right, wrong) = (Identity::new(), Identity::new());
    let server = Postgres::on_the_network(&["ssl=on"]);
    server.put("server.crt", &right.certificate);
    server.put("server.key", &right.key);
    server.put("pg_hba.conf", "local all all trust\nhostssl all all 127.0.0.1/32 scram-sha-256\n");
    server.start_again();
    server.run("postgres", "create role kasse login password 's3cr3t-w0rd'");
    server.run("postgres", "create database kasse owner kasse");
    let files = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = files.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let (right, wrong) = (file("right.pem", &right.certificate), file("wrong.pem", &wrong.certificate));
    let empty = file("empty.pem", "");
    let port = server.port();
    let url =
        |password: &str, host: &str, more: &str| format!("postgres://kasse:{password}@{host}:{port}/kasse?{more}");
    let verified = |authority: &str| format!("sslmode=verify-full&sslrootcert={authority}");
    // Encrypted, with the right authority, name and password: it serves.
    let node = Node::of(url("s3cr3t-w0rd", "localhost", &verified(&right)));
    let serving = node.serve();
    let encrypted = "select bool_and(ssl) from pg_stat_ssl join pg_stat_activity using (pid) where usename = 'kasse'";
    assert_eq!(server.run("postgres", encrypted), "t", "every connection");
    serving.stop();
    // The password from a file.
    let password = file("password", "s3cr3t-w0rd\n");
    let from_file = Node::of(url("another", "127.0.0.1", &verified(&right)));
    from_file.done(&["verify", "--database-password-file", &password]);
    // And everything else is refused.
    let bad = |url: &str, word: &str| refuses(url, &[word]);
    bad(&url("s3cr3t-wrong", "localhost", &verified(&right)), "does not let us in");
    bad(&url("s3cr3t-w0rd", "localhost", &verified(&wrong)), "an authority that is trusted or named by sslrootcert");
    bad(&url("s3cr3t-w0rd", "localhost", &verified(&empty)), "there is no certificate in it");
    bad(&url("s3cr3t-w0rd", "localhost", "sslmode=require"), "no protected connection");
    bad(&url("s3cr3t-w0rd", "localhost", "sslmode=disable"), "does not let us in");
    bad(&url("s3cr3t-w0rd", "127.0.0.2", &verified(&right)), "cannot be reached");
    let without = url("s3cr3t-w0rd", "localhost", &verified(&right)).replacen(":s3cr3t-w0rd", "", 1);
    bad(&without, "wants a password; name the file that holds it with --database-password-file");
    let plain = Postgres::on_the_network(&[]);
    plain.start_again();
    let readable = format!("postgres://kasse:s3cr3t-w0rd@localhost:{}/kasse?{}", plain.port(), verified(&right));
    bad(&readable, "switch ssl on there");
}
