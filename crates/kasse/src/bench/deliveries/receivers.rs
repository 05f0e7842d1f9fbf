//! Receivers that are well: they say 200 to everything, at once or when they are let.

use std::{
    collections::HashMap,
    net::{Ipv4Addr, SocketAddr},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinSet,
    time::sleep,
};

use super::super::load::PATIENCE;

const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
const LOOK_INTERVAL: Duration = Duration::from_millis(2);

pub(super) struct Receivers {
    addresses: Vec<SocketAddr>,
    shared: Arc<Shared>,
    _listening: JoinSet<()>,
}

type Arrivals = HashMap<String, Vec<Instant>>;

struct Shared {
    /// Whether answers are given.
    answers: watch::Sender<bool>,
    holding: AtomicUsize,
    answered: AtomicU64,
    /// By payment, while anybody watches.
    arrivals: Mutex<Option<Arrivals>>,
}

impl Shared {
    fn arrivals(&self) -> MutexGuard<'_, Option<Arrivals>> {
        self.arrivals.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Receivers {
    pub(super) async fn start(count: usize) -> anyhow::Result<Self> {
        let shared = Arc::new(Shared {
            answers: watch::Sender::new(true),
            holding: AtomicUsize::new(0),
            answered: AtomicU64::new(0),
            arrivals: Mutex::new(None),
        });
        let (mut addresses, mut listening) = (Vec::new(), JoinSet::new());
        for _ in 0..count {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
            addresses.push(listener.local_addr()?);
            listening.spawn(accept(listener, shared.clone()));
        }
        Ok(Self { addresses, shared, _listening: listening })
    }

    pub(super) fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    pub(super) fn urls(&self) -> impl Iterator<Item = String> {
        self.addresses.iter().map(|address| format!("http://{address}/webhooks"))
    }

    /// A body as a create is told.
    pub(super) fn usual_body(&self, reference: &str) -> String {
        format!(
            r#"{{"msn":"123456","reference":"{reference}","pspReference":"dd8e0a8e-2b26-40ed-98f1-1d5832fc129f","name":"CREATED","#
        ) + r#""amount":{"currency":"NOK","value":1000},"timestamp":"2026-01-19T16:26:32.099Z","#
            + r#""idempotencyKey":"7c8b81e7-b08b-46e4-9729-191cb801c132","success":true}"#
    }

    /// From now on nothing is answered.
    pub(super) fn hold(&self) {
        self.shared.answered.store(0, Relaxed);
        self.shared.answers.send_replace(false);
    }

    /// Waits until so many wait for an answer.
    pub(super) async fn wait_until_holding(&self, count: usize) -> anyhow::Result<()> {
        let began = Instant::now();
        while self.shared.holding.load(Relaxed) < count {
            if began.elapsed() > PATIENCE {
                bail!("of {count} requests only {} came", self.shared.holding.load(Relaxed));
            }
            sleep(LOOK_INTERVAL).await;
        }
        Ok(())
    }

    /// Answers, until it was so many; how many that was per second.
    #[allow(clippy::cast_precision_loss, reason = "a count of thousands")]
    pub(super) async fn let_come(&self, count: u64) -> anyhow::Result<f64> {
        let began = Instant::now();
        self.shared.answers.send_replace(true);
        self.wait_for(count).await?;
        Ok(count as f64 / began.elapsed().as_secs_f64())
    }

    async fn wait_for(&self, count: u64) -> anyhow::Result<()> {
        let mut last = (0, Instant::now());
        loop {
            let answered = self.shared.answered.load(Relaxed);
            if answered >= count {
                return Ok(());
            }
            if answered > last.0 {
                last = (answered, Instant::now());
            } else if last.1.elapsed() > PATIENCE {
                bail!("of {count} deliveries only {answered} came");
            }
            sleep(LOOK_INTERVAL).await;
        }
    }

    /// From now on it is noted when what arrives.
    pub(super) fn watch(&self) {
        self.shared.answered.store(0, Relaxed);
        *self.shared.arrivals() = Some(Arrivals::new());
    }

    /// When so many arrived, by payment.
    pub(super) async fn arrivals(&self, count: u64) -> anyhow::Result<Arrivals> {
        self.wait_for(count).await?;
        self.shared.arrivals().take().context("nobody watched")
    }
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        let _set_or_slower = stream.set_nodelay(true);
        connections.spawn(serve(stream, shared.clone()));
    }
}

async fn serve(mut stream: TcpStream, shared: Arc<Shared>) {
    let mut answers = shared.answers.subscribe();
    let mut buffer = Vec::with_capacity(4096);
    loop {
        buffer.clear();
        let Some(body) = request(&mut stream, &mut buffer).await else { return };
        if let Some(arrivals) = &mut *shared.arrivals()
            && let Some(reference) = reference_in(&body)
        {
            arrivals.entry(reference).or_default().push(Instant::now());
        }
        if !*answers.borrow_and_update() {
            shared.holding.fetch_add(1, Relaxed);
            let is_over = answers.wait_for(|answers| *answers).await.is_err();
            shared.holding.fetch_sub(1, Relaxed);
            if is_over {
                return;
            }
        }
        if stream.write_all(ANSWER).await.is_err() {
            return;
        }
        shared.answered.fetch_add(1, Relaxed);
    }
}

/// The body of the next request; none once the other side is gone, or sends what it never does.
async fn request(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> Option<Vec<u8>> {
    const END: &[u8] = b"\r\n\r\n";
    loop {
        if let Some(end) = buffer.windows(END.len()).position(|window| window == END) {
            let head = std::str::from_utf8(buffer.get(..end)?).ok()?;
            let mut fields = head.split("\r\n").filter_map(|line| line.split_once(':'));
            let length = fields.find(|(name, _)| name.eq_ignore_ascii_case("content-length"))?.1;
            let (start, length): (usize, usize) = (end + END.len(), length.trim().parse().ok()?);
            while buffer.len() < start + length {
                if stream.read_buf(buffer).await.ok()? == 0 {
                    return None;
                }
            }
            return buffer.get(start..start + length).map(<[u8]>::to_vec);
        }
        if stream.read_buf(buffer).await.ok()? == 0 {
            return None;
        }
    }
}

fn reference_in(body: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(body).ok()?;
    let (_, rest) = text.split_once(r#""reference":""#)?;
    rest.split_once('"').map(|(reference, _)| reference.to_owned())
}
