//! Many pages that listen at once: each hears of its own payment, and holding one open costs little.
//!
//! The server is the binary in a process of its own, so that what it holds for its listeners can be read from the system. What is
//! asserted is that everybody hears, and the memory; how fast it is heard is printed and judged by nobody here.
//!
//! `KASSE_STREAMS` says how many pages listen (1 000).

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests fail by panicking"
)]

use std::{
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
    sync::Arc,
    time::{Duration, Instant},
};

use testkit::{Http, Shop};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    sync::Semaphore,
    task::JoinSet,
    time::timeout,
};

/// Long enough for a busy machine: what has not been heard by then never will be.
const PATIENCE: Duration = Duration::from_secs(120);
/// How many pages show the same payment.
const PAGES_OF_ONE: usize = 10;
/// The most bytes of memory a listener may cost.
const BYTES_OF_ONE_MAX: usize = 20 * 1024;
/// How many connections are opened at the same moment; the listen queue is not what is tried here.
const OPENED_TOGETHER: usize = 64;

#[tokio::test(flavor = "multi_thread")]
async fn every_page_that_listens_hears_of_its_payment_and_costs_little() {
    let pages: usize = std::env::var("KASSE_STREAMS").map_or(1_000, |count| count.parse().unwrap());
    allow_many_descriptors();
    let directory = tempfile::tempdir().unwrap();
    let server = Server::start(&directory.path().join("data"));
    let shop = Shop::example(Http::new(server.address.parse().unwrap())).await;
    let mut links = Vec::new();
    for number in 0..pages.div_ceil(PAGES_OF_ONE) {
        let created = shop.create(&format!("listening-{number:06}"), 49_900).await.json();
        let link = created["redirectUrl"].as_str().unwrap().to_owned();
        links.push(link.split_once("token=").unwrap().1.to_owned());
    }
    // Whatever a server needs once it has, before it is measured.
    drop(Page::open(&server.address, &links[0]).await);
    let before = server.memory();
    let (turns, mut opening) = (Arc::new(Semaphore::new(OPENED_TOGETHER)), JoinSet::new());
    for number in 0..pages {
        let (address, turns) = (server.address.clone(), turns.clone());
        let (payment, link) = (number / PAGES_OF_ONE, links[number / PAGES_OF_ONE].clone());
        opening.spawn(async move {
            let _turn = turns.acquire().await.unwrap();
            (payment, Page::open(&address, &link).await)
        });
    }
    let open = opening.join_all().await;
    let each = (server.memory().saturating_sub(before)) / pages;
    let (began, mut hearing) = (Instant::now(), JoinSet::new());
    let approved: Arc<Vec<std::sync::OnceLock<Duration>>> =
        Arc::new(links.iter().map(|_| Default::default()).collect());
    for (payment, page) in open {
        let approved = approved.clone();
        hearing.spawn(async move {
            page.hears("\"step\":\"authorized\"").await;
            began.elapsed().saturating_sub(*approved[payment].get().unwrap())
        });
    }
    for payment in 0..links.len() {
        approved[payment].set(began.elapsed()).unwrap();
        assert_eq!(shop.approve(&format!("listening-{payment:06}")).await.status, 200);
    }
    let mut waits = timeout(PATIENCE, hearing.join_all()).await.expect("somebody was never told");
    waits.sort();
    println!(
        "{pages} pages listened, {each} bytes each; told after {:?} (half of them), {:?} (99 of 100) of the call that approved",
        waits[pages / 2],
        waits[pages * 99 / 100]
    );
    assert!(each <= BYTES_OF_ONE_MAX, "a page that listens costs {each} bytes");
}

/// A page that listens.
struct Page {
    stream: TcpStream,
    heard: String,
}

impl Page {
    async fn open(address: &str, token: &str) -> Self {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let request = format!("GET /pay/stream?token={token} HTTP/1.1\r\nHost: {address}\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        Self { stream, heard: String::new() }.until("\"step\":\"open-1\"").await
    }

    /// The page once it has heard this.
    async fn until(mut self, words: &str) -> Self {
        let mut bytes = [0; 1024];
        let listening = async {
            while !self.heard.contains(words) {
                let count = self.stream.read(&mut bytes).await.unwrap();
                assert!(count > 0, "the stream ended after {}", self.heard);
                self.heard.push_str(std::str::from_utf8(&bytes[..count]).unwrap());
            }
        };
        timeout(PATIENCE, listening).await.unwrap_or_else(|_| panic!("never heard {words}"));
        self
    }

    async fn hears(self, words: &str) {
        drop(self.until(words).await);
    }
}

fn allow_many_descriptors() {
    use rustix::process::{Resource, getrlimit, setrlimit};
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    setrlimit(Resource::Nofile, limit).unwrap();
}

struct Server {
    child: Child,
    address: String,
}

impl Server {
    fn start(data: &Path) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_kasse"))
            .args(["--listen", "127.0.0.1:0", "--rate-limits", "off", "--data"])
            .arg(data)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut urls =
            lines.map_while(Result::ok).filter_map(|line| line.strip_prefix("KASSE_BASE_URL=").map(str::to_owned));
        let url = urls.next().expect("the server says where it is");
        Self { child, address: url.trim_start_matches("http://").to_owned() }
    }

    /// The memory that is its own and in use, in bytes.
    fn memory(&self) -> usize {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:")).unwrap();
        line.trim().trim_end_matches(" kB").parse::<usize>().unwrap() * 1024
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ended_already = self.child.kill();
        let _nothing_to_wait_for = self.child.wait();
    }
}
