//! Two processes of the binary on a PostgreSQL of their own, and what is done to them.

use std::{
    process::Command,
    sync::{Arc, RwLock, atomic::Ordering::Relaxed},
    time::Duration,
};

use tempfile::TempDir;
use testkit::{Http, Postgres, Shop};
use tokio::{task::block_in_place, time::timeout};

use crate::{
    child::{Finished, PATIENCE, Server, Signal, kasse, run},
    dice::Dice,
    ear::let_claims_lapse,
    fault::Fault,
    tally::Tally,
};

/// How many requests must be acknowledged by the other node while one is gone.
const SERVED_MEANWHILE_MIN: u64 = 20;
/// How long that may take. A frozen node may hold locks until its sessions are ended.
const SERVED_WITHIN: Duration = Duration::from_secs(15);
/// A session that is idle in a transaction is ended after three seconds; a node is frozen for longer.
const FROZEN_MIN_MILLISECONDS: u64 = 3500;
/// A claim lasts a minute.
const FROZEN_BEYOND_CLAIMS: Duration = Duration::from_secs(65);

/// The merchant at each node, as it is reached now.
#[derive(Clone)]
pub(crate) struct Shops(Arc<RwLock<[Shop; 2]>>);

impl Shops {
    pub(crate) fn both(&self) -> [Shop; 2] {
        self.0.read().unwrap().clone()
    }

    pub(crate) fn at(&self, node: usize) -> Shop {
        self.0.read().unwrap()[node].clone()
    }

    /// The node is somewhere else now. The token is the same as before: it outlives the process that issued it, and counts at both.
    fn moved(&self, node: usize, server: &Server) {
        self.0.write().unwrap()[node].http = Http::new(server.address);
    }
}

pub(crate) struct Cluster {
    // Dropped first: nodes before what they stand on.
    nodes: Vec<Server>,
    pub(crate) shops: Shops,
    postgres: Postgres,
    database: String,
    home: TempDir,
}

impl Cluster {
    pub(crate) async fn start() -> Self {
        let (postgres, home) = block_in_place(|| (Postgres::durable(), tempfile::tempdir().unwrap()));
        let database = block_in_place(|| postgres.database());
        let nodes: Vec<Server> =
            block_in_place(|| (0..2).map(|_| Server::start(&mut serve(&home, &database))).collect());
        let one = Shop::example(Http::new(nodes[0].address)).await;
        let other = Shop { http: Http::new(nodes[1].address), ..one.clone() };
        let shops = Shops(Arc::new(RwLock::new([one, other])));
        Self { nodes, shops, postgres, database, home }
    }

    /// Lets it happen, at a random moment or with an acknowledgement, until it is over.
    pub(crate) async fn suffer(&mut self, fault: Fault, dice: &mut Dice, tally: &Tally) {
        moment(dice, 700).await;
        if dice.below(2) == 0 {
            // Where nothing is acknowledged the clients say so.
            let _with_it_or_not = timeout(SERVED_WITHIN, tally.next_acknowledgement()).await;
        }
        match fault {
            Fault::Kill(node) => self.kill(node, tally).await,
            Fault::Freeze(node) => {
                let frozen = Duration::from_millis(FROZEN_MIN_MILLISECONDS + dice.below(1500));
                self.freeze(node, frozen, served_meanwhile(fault, tally)).await;
            }
            Fault::FreezeBeyondClaims(node) => {
                self.freeze(node, FROZEN_BEYOND_CLAIMS, served_meanwhile(fault, tally)).await;
            }
            Fault::Crash => self.crash(dice).await,
            Fault::Cut => {
                for _ in 0..=dice.below(8) {
                    self.cut();
                    moment(dice, 200).await;
                }
            }
            Fault::FreezeThroughCrash(node) => {
                self.nodes[node].child.signal(Signal::STOP);
                self.crash(dice).await;
                served_meanwhile(fault, tally).await;
                self.nodes[node].child.signal(Signal::CONT);
            }
        }
    }

    async fn freeze(&self, node: usize, time: Duration, meanwhile: impl Future<Output = ()>) {
        self.nodes[node].child.signal(Signal::STOP);
        // real time: the database is to lose patience with the node.
        tokio::join!(tokio::time::sleep(time), meanwhile);
        self.nodes[node].child.signal(Signal::CONT);
    }

    /// Nobody holds a delivery any more for a node that was killed; nor for one that is alive, which then sends it in vain at worst.
    pub(crate) fn let_claims_lapse(&self) {
        block_in_place(|| let_claims_lapse(&self.postgres, &self.database));
    }

    async fn kill(&mut self, node: usize, tally: &Tally) {
        let killed = self.nodes.remove(node);
        killed.child.signal(Signal::KILL);
        let finished = block_in_place(|| killed.child.wait(PATIENCE));
        assert_eq!(finished.status.code(), None, "it was killed, it did not exit");
        served_meanwhile(Fault::Kill(node), tally).await;
        let server = block_in_place(|| Server::start(&mut serve(&self.home, &self.database)));
        self.shops.moved(node, &server);
        self.nodes.insert(node, server);
    }

    async fn crash(&self, dice: &mut Dice) {
        block_in_place(|| self.postgres.stop_immediately());
        moment(dice, 1500).await;
        block_in_place(|| self.postgres.start_again());
    }

    fn cut(&self) {
        let sql = "select count(pg_terminate_backend(pid)) from pg_stat_activity where datname <> 'postgres'";
        block_in_place(|| self.postgres.run("postgres", sql));
    }

    /// What the nodes have logged.
    pub(crate) fn logs(&self) -> String {
        self.nodes.iter().map(|node| node.child.stderr.so_far()).collect::<Vec<_>>().join("\n")
    }

    /// Both stop in order, and the data is asked for every contradiction.
    pub(crate) fn stop_and_verify(self) -> Finished {
        block_in_place(|| {
            self.nodes.into_iter().for_each(|node| drop(node.stop()));
            run(kasse(self.home.path()).args(["verify", "--database-url", &self.database]))
        })
    }
}

pub(crate) fn serve(home: &TempDir, database: &str) -> Command {
    let mut command = kasse(home.path());
    command.args([
        "--rate-limits",
        "off",
        "--webhook-time-scale",
        "0.01",
        "--log",
        "warn,kasse::commands=info",
        "--database-url",
        database,
    ]);
    command
}

/// A random moment.
async fn moment(dice: &mut Dice, most_milliseconds: u64) {
    // real time: the fault is to meet whatever goes on then.
    tokio::time::sleep(Duration::from_micros(dice.below(most_milliseconds * 1000))).await;
}

/// The other node does the work alone.
async fn served_meanwhile(fault: Fault, tally: &Tally) {
    let before = tally.acknowledged.load(Relaxed);
    let served = timeout(SERVED_WITHIN, async {
        while tally.acknowledged.load(Relaxed) < before + SERVED_MEANWHILE_MIN {
            let next = tally.next_acknowledgement();
            // One that comes before this is waited for is seen by the count a moment later.
            let _came_or_not = timeout(Duration::from_millis(50), next).await;
        }
    });
    if served.await.is_err() {
        let acknowledged = tally.acknowledged.load(Relaxed) - before;
        tally.violated(format!(
            "{fault:?}: the other node acknowledged {acknowledged} requests within {SERVED_WITHIN:?}"
        ));
    }
}
