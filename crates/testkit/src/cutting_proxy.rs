//! A way to a PostgreSQL server that breaks where a test says: before or after the n-th message of one direction, in one of four ways.
//!
//! It knows nothing of the protocol but how messages are framed: a startup message, then a letter and a length, both ways. So it can count
//! them, tell a test which there were, and break the connection exactly between two of them. What a cut does to the client is the cut's
//! way; the server is left as by a client that died, or, where all is silent, is told nothing either.

use std::{
    collections::{BTreeMap, VecDeque},
    io,
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, BufReader},
    net::{TcpListener, TcpStream, UnixStream},
    sync::watch,
    task::{JoinHandle, JoinSet},
};

/// How [`Step::tag`] shows the one message that has no letter.
pub const STARTUP: char = '^';

/// Which way a message goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Direction {
    /// From the store to the server.
    ToServer,
    /// From the server to the store.
    ToClient,
}

/// On which side of a message the connection breaks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Side {
    /// The message does not arrive.
    Before,
    /// It is the last that arrives.
    After,
}

/// How a connection breaks.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Way {
    /// The client is told at once, by a reset.
    Reset,
    /// The client is told by an orderly end.
    Finish,
    /// Nobody is told anything: nothing more arrives at either end of this connection.
    Silence,
    /// The same on every connection, new ones included, until [`CuttingProxy::heal`].
    Outage,
}

/// Where and how to cut.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Cut {
    /// Which way the message goes.
    pub direction: Direction,
    /// Which of them, counted from 1 since the proxy was armed or since the cut before this one.
    pub message: usize,
    /// On which side of it.
    pub side: Side,
    /// How.
    pub way: Way,
}

/// A message that came by.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Step {
    /// Which connection it was on, counted from 0.
    pub connection: usize,
    /// Which way it went.
    pub direction: Direction,
    /// Its letter.
    pub tag: char,
    /// What it says, where that is a statement of the client's; otherwise nothing.
    pub words: String,
}

impl Step {
    /// Whether it is a message of the client's that says so.
    pub fn says(&self, words: &str) -> bool {
        self.words.contains(words)
    }
}

/// A proxy on a free port of this machine.
pub struct CuttingProxy {
    port: u16,
    shared: Arc<Shared>,
    accepting: JoinHandle<()>,
}

impl CuttingProxy {
    /// One before the server with this socket. It cuts nothing until it is armed.
    pub async fn start(server: PathBuf) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let shared = Arc::new(Shared {
            plan: Mutex::new(Plan::default()),
            owing: watch::Sender::new(()),
            healed: watch::Sender::new(()),
        });
        let accepting = tokio::spawn(accept(listener, server, shared.clone()));
        Self { port, shared, accepting }
    }

    /// The address of a database through it.
    pub fn url(&self, database: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{database}?sslmode=disable", self.port)
    }

    /// Begins a new record, and makes these cuts one after the other.
    pub fn arm(&self, cuts: &[Cut]) {
        let mut plan = self.shared.plan();
        plan.cuts = cuts.iter().copied().collect();
        (plan.counted, plan.made) = ([0, 0], 0);
        plan.steps.clear();
    }

    /// Whether every cut it was armed with has been made.
    pub fn has_cut(&self) -> bool {
        self.shared.plan().cuts.is_empty()
    }

    /// Makes no more cuts. Answers what came by since it was armed, those messages included that a cut held back, and how many cuts were
    /// made.
    pub fn disarm(&self) -> (Vec<Step>, usize) {
        let mut plan = self.shared.plan();
        plan.cuts.clear();
        (std::mem::take(&mut plan.steps), plan.made)
    }

    /// Waits until the server has answered whatever it was asked on connections that are whole.
    pub async fn quiet(&self) {
        let mut owing = self.shared.owing.subscribe();
        let is_quiet = || self.shared.plan().owed.values().all(|owed| *owed == 0);
        while !is_quiet() {
            owing.changed().await.expect("it is kept here");
        }
    }

    /// Ends an outage, and the connections that are silent.
    pub fn heal(&self) {
        self.shared.plan().is_out = false;
        self.shared.healed.send_replace(());
    }
}

impl Drop for CuttingProxy {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

struct Shared {
    plan: Mutex<Plan>,
    /// Told whenever the server owes more or less than before.
    owing: watch::Sender<()>,
    healed: watch::Sender<()>,
}

#[derive(Default)]
struct Plan {
    cuts: VecDeque<Cut>,
    /// Messages to the server and to the client since it was armed, or since the last cut.
    counted: [usize; 2],
    made: usize,
    steps: Vec<Step>,
    /// How many answers the server owes on each connection.
    owed: BTreeMap<usize, i64>,
    is_out: bool,
}

/// What becomes of a message.
enum Fate {
    Passes,
    Cut(Side, Way),
}

impl Shared {
    fn plan(&self) -> MutexGuard<'_, Plan> {
        self.plan.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn fate(&self, connection: usize, direction: Direction, message: &Message) -> Fate {
        let mut guard = self.plan();
        let plan = &mut *guard;
        if plan.is_out {
            return Fate::Cut(Side::Before, Way::Silence);
        }
        let counted = &mut plan.counted[usize::from(direction == Direction::ToClient)];
        *counted += 1;
        plan.steps.push(message.step(connection, direction));
        let due = plan.cuts.front().filter(|cut| cut.direction == direction && cut.message == *counted).copied();
        if let Some(cut) = due {
            plan.cuts.pop_front();
            plan.made += 1;
            plan.counted = [0, 0];
            plan.is_out = cut.way == Way::Outage;
            return Fate::Cut(cut.side, cut.way);
        }
        let owed = plan.owed.entry(connection).or_default();
        match (direction, message.tag) {
            (Direction::ToServer, STARTUP | 'Q' | 'S') => *owed += 1,
            (Direction::ToClient, 'Z') => *owed -= 1,
            _ => {}
        }
        Fate::Passes
    }

    /// Nothing more is to be expected of a connection.
    fn forget(&self, connection: usize) {
        self.plan().owed.remove(&connection);
        self.owing.send_replace(());
    }
}

async fn accept(listener: TcpListener, server: PathBuf, shared: Arc<Shared>) {
    // Dropped with this task, and with them whatever is still open.
    let mut connections = JoinSet::new();
    for number in 0.. {
        let Ok((client, _)) = listener.accept().await else { break };
        connections.spawn(carry(shared.clone(), number, client, server.clone()));
        while connections.try_join_next().is_some() {}
    }
}

/// Carries one connection from its beginning to its end, whichever that is.
async fn carry(shared: Arc<Shared>, number: usize, mut client: TcpStream, server: PathBuf) {
    let mut healed = shared.healed.subscribe();
    let Ok(mut server) = UnixStream::connect(server).await else { return };
    let _only_slower_without = client.set_nodelay(true);
    let end = {
        let ((mut from_client, mut to_client), (mut from_server, mut to_server)) = (client.split(), server.split());
        tokio::select! {
            end = pump(&shared, number, Direction::ToServer, &mut from_client, &mut to_server) => end,
            end = pump(&shared, number, Direction::ToClient, &mut from_server, &mut to_client) => end,
        }
    };
    shared.forget(number);
    match end {
        None => {}
        Some(Way::Reset) => {
            let _ended_already = client.set_zero_linger();
        }
        Some(Way::Finish) => {
            drop(server);
            let _ended_already = client.shutdown().await;
            // What is sent meanwhile has to be read, or closing would become a reset.
            let _until_the_client_ends_it = tokio::io::copy(&mut client, &mut tokio::io::sink()).await;
        }
        Some(Way::Silence | Way::Outage) => {
            // What was healed before is none of its.
            healed.mark_unchanged();
            let _until_then = healed.changed().await;
        }
    }
}

/// Passes messages on until one of the ends closes (nothing), or a cut is made (its way).
async fn pump(
    shared: &Shared,
    connection: usize,
    direction: Direction,
    from: &mut (impl AsyncRead + Unpin),
    to: &mut (impl AsyncWrite + Unpin),
) -> Option<Way> {
    let mut from = BufReader::new(from);
    let mut is_first = direction == Direction::ToServer;
    loop {
        let message = Message::read(&mut from, is_first).await.ok()?;
        is_first = false;
        let fate = shared.fate(connection, direction, &message);
        if let Fate::Cut(Side::Before, way) = fate {
            return Some(way);
        }
        to.write_all(&message.bytes).await.ok()?;
        if let Fate::Cut(Side::After, way) = fate {
            return Some(way);
        }
        shared.owing.send_replace(());
    }
}

/// A message, whole.
struct Message {
    tag: char,
    bytes: Vec<u8>,
}

impl Message {
    async fn read(from: &mut (impl AsyncRead + Unpin), is_startup: bool) -> io::Result<Self> {
        let mut bytes = Vec::with_capacity(64);
        let tag = if is_startup {
            STARTUP
        } else {
            bytes.push(from.read_u8().await?);
            char::from(bytes[0])
        };
        // The length counts itself and not the letter.
        let length = from.read_u32().await?;
        bytes.extend_from_slice(&length.to_be_bytes());
        let rest = u64::from(length).checked_sub(4).ok_or(io::ErrorKind::InvalidData)?;
        let read = (&mut *from).take(rest).read_to_end(&mut bytes).await?;
        if u64::try_from(read).is_ok_and(|read| read == rest) {
            Ok(Self { tag, bytes })
        } else {
            Err(io::ErrorKind::UnexpectedEof.into())
        }
    }

    fn step(&self, connection: usize, direction: Direction) -> Step {
        let says_something = direction == Direction::ToServer && matches!(self.tag, 'Q' | 'P');
        let words = if says_something { String::from_utf8_lossy(&self.bytes[5..]).into_owned() } else { String::new() };
        Step { connection, direction, tag: self.tag, words }
    }
}
