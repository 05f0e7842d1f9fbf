//! TLS of the binary: what it starts with and what it refuses, how certificates are renewed, and who may speak plain HTTP in production.

use std::{
    fs::{self, Permissions},
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst},
    },
    time::{Duration, Instant},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use engine::merchant::example;
use rustls::{
    ClientConfig, ClientConnection, StreamOwned,
    pki_types::{PrivatePkcs8KeyDer, ServerName, pem::PemObject as _},
};
use testkit::Identity;

use crate::{
    child::{PATIENCE, Server, Signal, kasse, run},
    production::{Ordinary, refused},
    raw::Raw,
};

/// Chain and key below `directory`, as flags.
pub(crate) fn keep(directory: &Path, identity: &Identity) -> [String; 4] {
    flags(directory, &identity.certificate, &identity.key)
}

fn flags(directory: &Path, certificate: &str, key: &str) -> [String; 4] {
    let paths = [put(directory, "chain.pem", certificate), put(directory, "key.pem", key)];
    let [certificate, key] = paths.map(|path| path.to_str().unwrap().to_owned());
    ["--tls-cert".to_owned(), certificate, "--tls-key".to_owned(), key]
}

/// Puts a file in the place of another at once, as whoever renews certificates should.
fn put(directory: &Path, name: &str, text: &str) -> PathBuf {
    let (new, path) = (directory.join(format!("{name}.new")), directory.join(name));
    fs::write(&new, text).unwrap();
    fs::set_permissions(&new, Permissions::from_mode(0o600)).unwrap();
    fs::rename(&new, &path).unwrap();
    path
}

/// A client inside TLS.
struct Client(StreamOwned<ClientConnection, TcpStream>);

impl Client {
    /// One that has shaken hands; `None` if it does not trust who answers.
    fn connect(address: SocketAddr, config: Arc<ClientConfig>) -> Option<Self> {
        let mut tcp = TcpStream::connect(address).unwrap();
        tcp.set_read_timeout(Some(PATIENCE)).unwrap();
        let mut tls = ClientConnection::new(config, ServerName::try_from("localhost").unwrap()).unwrap();
        while tls.is_handshaking() {
            tls.complete_io(&mut tcp).ok()?;
        }
        Some(Self(StreamOwned::new(tls, tcp)))
    }

    fn certificate(&self) -> &[u8] {
        &self.0.conn.peer_certificates().unwrap()[0]
    }

    /// The status of an answer without a body worth reading, on a connection that stays.
    fn status(&mut self) -> String {
        self.0.write_all(b"GET /livez HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
        let mut text = String::new();
        let mut byte = [0];
        let mut length = None;
        while length.is_none_or(|length| text.split_once("\r\n\r\n").is_none_or(|(_, body)| body.len() < length)) {
            self.0.read_exact(&mut byte).unwrap();
            text.push(char::from(byte[0]));
            if text.ends_with("\r\n\r\n") && length.is_none() {
                let value = text.lines().find_map(|line| line.strip_prefix("content-length: "));
                length = Some(value.map_or(0, |value| value.parse().unwrap()));
            }
        }
        text.lines().next().unwrap().to_owned()
    }

    /// The whole answer to the connection's last request. Fails where its end was not announced.
    fn last(mut self, head: &str, body: &str) -> String {
        let length = body.len();
        let request = format!("{head}Host: a\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{body}");
        self.0.write_all(request.as_bytes()).unwrap();
        let mut text = String::new();
        self.0.read_to_string(&mut text).unwrap();
        text
    }
}

fn token_request() -> String {
    format!(
        "POST /accesstoken/get HTTP/1.1\r\nclient_id: {}\r\nclient_secret: {}\r\nOcp-Apim-Subscription-Key: {}\r\n",
        example::CLIENT_ID,
        example::CLIENT_SECRET,
        example::SUBSCRIPTION_KEY
    )
}

#[test]
fn a_sandbox_speaks_https_and_says_so() {
    let home = tempfile::tempdir().unwrap();
    let identity = Identity::new();
    let server = Server::start(kasse(home.path()).args(keep(home.path(), &identity)));
    let url = format!("https://{}", server.address);
    assert!(server.welcome.starts_with(&format!("Kasse serves a sandbox on {url}\n")), "{}", server.welcome);
    assert!(server.welcome.contains(&format!("KASSE_BASE_URL={url}\n")), "{}", server.welcome);
    assert!(!server.welcome.contains("http://"), "{}", server.welcome);

    let client = Client::connect(server.address, identity.trusted()).unwrap();
    let answer = client.last(&token_request(), "");
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.contains("access_token"), "{answer}");
    let mut plain = Raw::connect(server.address);
    plain.send(format!("{}Content-Length: 0\r\n\r\n", token_request()));
    let answer = plain.rest();
    assert!(
        answer.starts_with("HTTP/1.1 400 ") && answer.ends_with(r#""message":"This port speaks https."}"#),
        "{answer}"
    );
    assert!(Client::connect(server.address, Identity::new().trusted()).is_none(), "it is the identity that was given");
    let finished = server.stop();
    assert_eq!(finished.stderr.matches("/accesstoken/get").count(), 1, "{}", finished.stderr);

    let shown = run(kasse(home.path()).args(keep(home.path(), &identity)).arg("config")).stdout;
    assert!(shown.contains("\"https://127.0.0.1:8080\""), "{shown}");
}

/// The same key in another form of PEM.
fn inner_key(pem: &str, label: &str, begins_at: usize) -> String {
    let key = PrivatePkcs8KeyDer::from_pem_slice(pem.as_bytes()).unwrap();
    let text = STANDARD.encode(&key.secret_pkcs8_der()[begins_at..]);
    format!("-----BEGIN {label}-----\n{text}\n-----END {label}-----\n")
}

#[test]
fn keys_of_every_form_are_taken() {
    let rsa = Identity::of_key(include_str!("rsa_key.pem"));
    let curve = Identity::new();
    // PKCS#8 wraps the older forms: what they are begins where its own words end.
    for (identity, key) in [
        (&rsa, rsa.key.clone()),
        (&rsa, inner_key(&rsa.key, "RSA PRIVATE KEY", 26)),
        (&curve, curve.key.clone()),
        (&curve, inner_key(&curve.key, "EC PRIVATE KEY", 29)),
    ] {
        let home = tempfile::tempdir().unwrap();
        let server = Server::start(kasse(home.path()).args(flags(home.path(), &identity.certificate, &key)));
        let mut client = Client::connect(server.address, identity.trusted()).unwrap();
        assert_eq!(client.status(), "HTTP/1.1 200 OK");
        server.stop();
    }
}

#[test]
fn each_mistake_with_the_files_is_refused_by_name_and_leaves_nothing_behind() {
    let home = tempfile::tempdir().unwrap();
    let (good, other) = (Identity::new(), Identity::new());
    let encrypted = good.key.replace("PRIVATE KEY", "ENCRYPTED PRIVATE KEY");
    let broken = good.certificate.replace("MII", "MIA");
    for (certificate, key, reason) in [
        ("", good.key.as_str(), "tls-cert: [chain] holds no certificate in PEM"),
        ("rubbish", &good.key, "tls-cert: [chain] holds no certificate in PEM"),
        (&good.key, &good.key, "tls-cert: [chain] holds no certificate in PEM"),
        (&broken, &good.key, "tls-cert: [chain] holds a certificate that cannot be read"),
        ("-----BEGIN CERTIFICATE-----\n*\n-----END CERTIFICATE-----\n", &good.key, "tls-cert: [chain] is no PEM: "),
        (&good.certificate, "", "tls-key: [key] holds no private key in PEM"),
        (&good.certificate, "rubbish", "tls-key: [key] holds no private key in PEM"),
        (&good.certificate, &good.certificate, "tls-key: [key] holds no private key in PEM"),
        (&good.certificate, &encrypted, "tls-key: [key] holds no private key in PEM"),
        (
            &good.certificate,
            "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
            "tls-key: [key] holds a key",
        ),
        (&good.certificate, &other.key, "tls-key: [key] is not the key of the certificate in [chain]"),
    ] {
        let flags = flags(home.path(), certificate, key);
        let said = refused(kasse(home.path()).args(&flags));
        let said = said.replace(&flags[1], "[chain]").replace(&flags[3], "[key]");
        assert!(said.starts_with(&format!("kasse: {reason}")), "{said}");
    }
    let flags = keep(home.path(), &good);
    for (given, reason) in [
        (["--tls-cert", &flags[1], "--log", "info"], "tls-cert needs tls-key"),
        (["--tls-key", &flags[3], "--log", "info"], "tls-key needs tls-cert"),
        (["--tls-cert", "nowhere", "--tls-key", &flags[3]], "tls-cert: nowhere cannot be read: No such file"),
        (["--tls-cert", &flags[1], "--tls-key", "nowhere"], "tls-key: nowhere cannot be read: No such file"),
        (["--tls-cert", ".", "--tls-key", &flags[3]], "tls-cert: . cannot be read: Is a directory"),
    ] {
        let said = refused(kasse(home.path()).args(given));
        assert!(said.starts_with(&format!("kasse: {reason}")), "{said}");
    }
    assert!(!home.path().join("kasse-data").exists());
}

#[test]
fn dates_that_have_passed_or_not_come_are_a_warning() {
    for (from, until, warning) in [
        (1990, 2020, Some("the certificate has expired")),
        (3000, 4000, Some("the certificate is not valid yet")),
        (1990, 4000, None),
    ] {
        let home = tempfile::tempdir().unwrap();
        let server = Server::start(kasse(home.path()).args(keep(home.path(), &Identity::of_years(from, until))));
        let stderr = server.stop().stderr;
        assert_eq!(
            stderr.lines().filter(|line| line.contains("WARN")).count(),
            usize::from(warning.is_some()),
            "{stderr}"
        );
        assert!(warning.is_none_or(|warning| stderr.contains(warning)), "{stderr}");
    }
}

#[test]
fn a_key_that_others_can_read_is_a_warning_in_a_sandbox_and_refused_in_production() {
    let home = tempfile::tempdir().unwrap();
    let flags = keep(home.path(), &Identity::new());
    fs::set_permissions(&flags[3], Permissions::from_mode(0o640)).unwrap();
    let stderr = Server::start(kasse(home.path()).args(&flags)).stop().stderr;
    assert!(stderr.contains("others can read the private key"), "{stderr}");

    let user = Ordinary::new();
    let identity = Identity::new();
    let certificate = user.keep("chain.pem", &identity.certificate);
    let key = user.keep("key.pem", &identity.key);
    for mode in [0o640, 0o604] {
        fs::set_permissions(&key, Permissions::from_mode(mode)).unwrap();
        let mut command = user.kasse();
        command.args(["--mode", "production", "--tls-cert"]).arg(&certificate).arg("--tls-key").arg(&key);
        let reason = refused(&mut command);
        assert!(
            reason.contains("not started: ") && reason.contains("--tls-key") && reason.contains("chmod 600"),
            "{reason}"
        );
        assert!(!user.data().exists());
    }
}

#[test]
fn production_needs_no_proxy_where_it_speaks_tls_itself() {
    let user = Ordinary::new();
    let identity = Identity::new();
    let certificate = user.keep("chain.pem", &identity.certificate);
    let key = user.keep("key.pem", &identity.key);
    let command = || {
        let mut command = user.kasse();
        command.args(["--mode", "production", "--tls-cert"]).arg(&certificate).arg("--tls-key").arg(&key);
        command
    };
    let reason = refused(command().args(["--public-url", "http://pay.example.com"]));
    assert!(reason.contains("--public-url"), "{reason}");
    assert!(!user.data().exists());

    let server = Server::start(&mut command());
    let welcome = format!("Kasse serves payments on https://{}\n", server.address);
    assert!(server.welcome.starts_with(&welcome), "{}", server.welcome);
    let mut client = Client::connect(server.address, identity.trusted()).unwrap();
    assert_eq!(client.status(), "HTTP/1.1 200 OK");
    let mut plain = Raw::connect(server.address);
    plain.send("GET /readyz HTTP/1.1\r\nHost: a\r\n\r\n");
    assert!(plain.rest().starts_with("HTTP/1.1 400 "), "not even health, and not even from here");
    server.stop();
}

#[test]
fn plain_http_in_production_is_for_declared_proxies_only() {
    let user = Ordinary::new();
    let start = |proxy: &str| {
        let given = ["--mode", "production", "--public-url", "https://pay.example.com", "--proxy", proxy];
        Server::start(user.kasse().args(given))
    };
    let server = start("10.0.0.0/8");
    let ask = |server: &Server, request: &str| {
        let mut raw = Raw::connect(server.address);
        raw.send(request);
        raw.rest()
    };
    let secret = "a-secret-in-the-clear";
    let head = format!("HTTP/1.1\r\nHost: a\r\nclient_secret: {secret}\r\nX-Forwarded-For: 10.0.0.1\r\n");
    for request in [
        format!("POST /accesstoken/get {head}Content-Length: 0\r\n\r\n"),
        format!("POST /accesstoken/get {head}Content-Length: 5\r\n\r\nhello"),
        format!("GET / {head}\r\n"),
        format!("GET /pay?token=x {head}\r\n"),
        format!("GET /readyz/ {head}\r\n"),
        // Only the first is answered at all.
        format!("GET /nowhere {head}\r\n").repeat(2),
    ] {
        let answer = ask(&server, &request);
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.1 403 Forbidden\r\n"), "{answer}");
        assert!(head.contains("connection: close") && !head.to_lowercase().contains("location"), "{answer}");
        let body: serde_json::Value = serde_json::from_str(body).unwrap();
        assert_eq!((body["statusCode"].as_u64(), body["message"].is_string()), (Some(403), true));
    }
    for health in ["/livez", "/readyz"] {
        let answer = ask(&server, &format!("GET {health} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"));
        assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    }
    let stderr = server.stop().stderr;
    assert_eq!(stderr.matches("no declared proxy; refused").count(), 6, "{stderr}");
    assert!(!stderr.contains(secret) && !stderr.contains("/accesstoken/get"), "{stderr}");

    let server = start("127.0.0.1");
    let answer = ask(&server, &format!("POST /accesstoken/get {head}Content-Length: 0\r\nConnection: close\r\n\r\n"));
    assert!(answer.starts_with("HTTP/1.1 401 "), "a proxy is heard: {answer}");
    server.stop();
}

/// Connects until the certificate shown is this one; whoever comes meanwhile is served with another.
fn wait_for(address: SocketAddr, identity: &Identity) -> Client {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(client) = Client::connect(address, identity.trusted()) {
            return client;
        }
        assert!(Instant::now() < deadline, "the new certificate is not taken up");
        // real time: the server looks at its files by the system's clock.
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// Sets what it holds when it goes.
struct Over<'a>(&'a AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, SeqCst);
    }
}

#[test]
fn renewed_files_are_taken_up_under_load_without_losing_anything() {
    let home = tempfile::tempdir().unwrap();
    let identities = [Identity::new(), Identity::new()];
    let server =
        Server::start(kasse(home.path()).args(keep(home.path(), &identities[0])).args(["--log", "warn,kasse=info"]));
    let address = server.address;
    let mut old = Client::connect(address, identities[0].trusted()).unwrap();
    assert_eq!(old.status(), "HTTP/1.1 200 OK");

    let (over, answered) = (AtomicBool::new(false), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for number in 0..4 {
            let (over, answered, identities) = (&over, &answered, &identities);
            scope.spawn(move || {
                let mut kept: Option<Client> = None;
                while !over.load(SeqCst) {
                    // One of the two is always right, whenever the change comes.
                    let connect =
                        || identities.iter().cycle().take(3).find_map(|one| Client::connect(address, one.trusted()));
                    let mut client = kept.take().or_else(connect).expect("somebody answers");
                    assert_eq!(client.status(), "HTTP/1.1 200 OK");
                    answered.fetch_add(1, SeqCst);
                    kept = (number % 2 == 0).then_some(client);
                }
            });
        }
        // Also where the test fails here: the load would go on for ever.
        let _over = Over(&over);
        keep(home.path(), &identities[1]);
        let new = wait_for(address, &identities[1]);
        assert_eq!(new.certificate(), &**identities[1].shown());
    });
    assert!(answered.load(SeqCst) > 0);
    assert_eq!(old.status(), "HTTP/1.1 200 OK", "it lives on");
    assert_eq!(old.certificate(), &**identities[0].shown());
    assert!(Client::connect(address, identities[0].trusted()).is_none(), "the old one is shown to nobody new");
    server.stop();
}

#[test]
fn a_bad_replacement_is_logged_once_and_changes_nothing() {
    let home = tempfile::tempdir().unwrap();
    let (present, next) = (Identity::new(), Identity::new());
    let server = Server::start(kasse(home.path()).args(keep(home.path(), &present)));
    let complaint = "the new certificate cannot be used; the present one goes on";
    for (count, bad) in ["rubbish", &next.certificate].into_iter().enumerate() {
        put(home.path(), "chain.pem", bad);
        let said = |text: &str| (text.matches(complaint).count() > count).then_some(());
        server.child.stderr.until("complaint", said);
        assert!(Client::connect(server.address, present.trusted()).is_some());
    }
    fs::remove_file(home.path().join("key.pem")).unwrap();
    server.child.stderr.until("complaint", |text| (text.matches(complaint).count() > 2).then_some(()));
    // real time: nothing must happen while the server looks at its files twice more.
    std::thread::sleep(Duration::from_secs(5));
    let mut client = Client::connect(server.address, present.trusted()).unwrap();
    assert_eq!(client.status(), "HTTP/1.1 200 OK");
    put(home.path(), "key.pem", &next.key);
    wait_for(server.address, &next);
    let stderr = server.stop().stderr;
    assert_eq!(stderr.matches(complaint).count(), 3, "{stderr}");
    assert!(stderr.contains("holds no certificate in PEM") && stderr.contains("is not the key of"), "{stderr}");
}

#[test]
fn hanging_up_has_the_files_read_at_once() {
    let home = tempfile::tempdir().unwrap();
    let identity = Identity::new();
    let server = Server::start(kasse(home.path()).args(keep(home.path(), &identity)));
    for count in 0..2 {
        // The files are as they were: without the signal nothing would be read.
        server.child.signal(Signal::HUP);
        let said = |text: &str| (text.matches("the certificate was read anew").count() > count).then_some(());
        server.child.stderr.until("word of it", said);
    }
    assert!(Client::connect(server.address, identity.trusted()).is_some());
    server.stop();
}

#[test]
fn production_takes_no_key_that_others_can_read_while_it_runs_either() {
    let user = Ordinary::new();
    let (present, next) = (Identity::new(), Identity::new());
    let certificate = user.keep("chain.pem", &present.certificate);
    let key = user.keep("key.pem", &present.key);
    let mut command = user.kasse();
    command.args(["--mode", "production", "--tls-cert"]).arg(&certificate).arg("--tls-key").arg(&key);
    let server = Server::start(&mut command);
    fs::set_permissions(&key, Permissions::from_mode(0o644)).unwrap();
    user.keep("chain.pem", &next.certificate);
    fs::write(&key, &next.key).unwrap();
    fs::set_permissions(&key, Permissions::from_mode(0o644)).unwrap();
    server.child.signal(Signal::HUP);
    server.child.stderr.until("complaint", |text| text.contains("others can read").then_some(()));
    assert!(Client::connect(server.address, present.trusted()).is_some());
    user.keep("key.pem", &next.key);
    server.child.signal(Signal::HUP);
    wait_for(server.address, &next);
    server.stop();
}
