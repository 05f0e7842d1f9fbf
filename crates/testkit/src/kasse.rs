//! The server under test.

use std::{
    fs::Permissions,
    net::SocketAddr,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use domain::{
    merchant::{Flag, Market},
    order::image::HEIGHT_MIN,
    text::{Msn, SalesUnitName},
};
use engine::{Policy, SlowBank, clock::Clock as _, outbound::TimeScale};
use kasse::{
    installation::{Database, KeyKeeper, Missing, Opened, Place},
    outgoing::Outgoing,
    running::{Parts, Running},
    server::{Limits, Transport},
    settings::Webhooks,
};
use store::{Mode, Store, postgres::Schema};
use tempfile::TempDir;

use crate::{Http, Postgres, SeededEntropy, Shop, VirtualClock};

/// What a test wants to be different.
#[derive(Clone, Copy, Debug)]
pub struct Setup {
    /// What the installation is for.
    pub mode: Mode,
    /// Whether the published rate limits hold.
    pub rate_limits: bool,
    /// Whether the reference of the APIs is shown.
    pub docs: bool,
    /// Whether every telephone number is a payer.
    pub any_phone_number: bool,
    /// How a bank behaves that does not answer at once.
    pub slow_bank: SlowBank,
    /// The least height of a picture shown with an order, in pixels.
    pub image_height_min: u32,
    /// How long a receiver of webhooks may take to answer.
    pub webhook_timeout: Duration,
    /// How long the waits between attempts are, in millionths of what is published.
    pub webhook_millionths: u32,
    /// What chance starts from.
    pub seed: u64,
    /// Who keeps what remains.
    pub keeper: Keeper,
}

impl Default for Setup {
    fn default() -> Self {
        let (mode, keeper) = (Mode::Sandbox, Keeper::chosen());
        Self {
            mode,
            rate_limits: false,
            docs: true,
            any_phone_number: true,
            slow_bank: SlowBank::PUBLISHED,
            image_height_min: HEIGHT_MIN,
            webhook_timeout: Duration::from_secs(10),
            webhook_millionths: 1_000_000,
            seed: 1,
            keeper,
        }
    }
}

/// Who keeps what remains.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Keeper {
    /// SQLite in a directory of its own.
    Sqlite,
    /// A database of its own in the PostgreSQL that all tests of the process share.
    Postgres,
}

impl Keeper {
    /// The one the variable `KASSE_TEST_KEEPER` names, so that the same tests run on either; SQLite where it names none.
    pub fn chosen() -> Self {
        match std::env::var("KASSE_TEST_KEEPER").as_deref() {
            Err(_) | Ok("sqlite") => Self::Sqlite,
            Ok("postgres") => Self::Postgres,
            Ok(other) => panic!("KASSE_TEST_KEEPER is {other}; it must be sqlite or postgres"),
        }
    }
}

/// A running server with its clock and its directory.
pub struct Kasse {
    running: Running,
    key_keeper: KeyKeeper,
    /// The clock it lives by.
    pub clock: Arc<VirtualClock>,
    setup: Setup,
    place: Place,
    /// Of the files that belong to the place.
    directory: Arc<TempDir>,
}

impl Kasse {
    /// A sandbox without rate limits.
    pub async fn start() -> Self {
        Self::with(Setup::default()).await
    }

    /// A server as this test wants it.
    pub async fn with(setup: Setup) -> Self {
        Self::new(setup, |store| store).await
    }

    /// A sandbox whose store stands behind something of the test's, which lets things go wrong.
    pub async fn with_store(wrap: impl FnOnce(Arc<dyn Store>) -> Arc<dyn Store>) -> Self {
        Self::new(Setup::default(), wrap).await
    }

    async fn new(setup: Setup, wrap: impl FnOnce(Arc<dyn Store>) -> Arc<dyn Store>) -> Self {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let place = match setup.keeper {
            Keeper::Sqlite => Place::Directory(directory.path().to_owned()),
            Keeper::Postgres => {
                let address = Postgres::address(&Postgres::shared().database());
                let master_key_file = (setup.mode == Mode::Production).then(|| master_key(directory.path()));
                Place::Database(Box::new(Database { address, master_key_file }))
            }
        };
        let directory = Arc::new(directory);
        let clock = Arc::new(VirtualClock::new());
        let (running, key_keeper) = run(setup, &clock, &place, &Schema::current(), wrap).await;
        Self { running, key_keeper, clock, setup, place, directory }
    }

    /// Stops the server, lets `meanwhile` happen, and starts it again on the same data.
    pub async fn restart(self, meanwhile: impl FnOnce(&VirtualClock)) -> Self {
        let Self { running, key_keeper: _, clock, setup, place, directory } = self;
        let _cut_off_is_for_the_test_to_judge = running.stop().await;
        meanwhile(&clock);
        let setup = Setup { seed: setup.seed + 1, ..setup };
        let (running, key_keeper) = run(setup, &clock, &place, &Schema::current(), |store| store).await;
        Self { running, key_keeper, clock, setup, place, directory }
    }

    /// Another node on the same data, with the same clock.
    pub async fn another_node(&self) -> Self {
        self.another_node_knowing(&Schema::current()).await
    }

    /// Another node, of a program that knows this schema.
    pub async fn another_node_knowing(&self, schema: &Schema) -> Self {
        let Self { clock, setup, place, .. } = self;
        let setup = Setup { seed: setup.seed + 100, ..*setup };
        let (running, key_keeper) = run(setup, clock, place, schema, |store| store).await;
        let (clock, directory) = (clock.clone(), self.directory.clone());
        Self { running, key_keeper, clock, setup, place: place.clone(), directory }
    }

    /// Where it listens.
    pub const fn address(&self) -> SocketAddr {
        self.running.address()
    }

    /// How it names itself in links.
    pub fn public_url(&self) -> &str {
        self.running.public_url()
    }

    /// Its use cases.
    pub const fn engine(&self) -> &Arc<engine::Engine> {
        self.running.engine()
    }

    /// Its store.
    pub fn store(&self) -> &Arc<dyn Store> {
        self.running.store()
    }

    /// Looks whether the signing key has served long enough, as the server does every hour. Answers whether it was replaced.
    pub async fn renew_signing_keys(&self) -> bool {
        self.key_keeper.renew(self.engine()).await.expect("the keys can be renewed")
    }

    /// Takes over the signing keys of other nodes, as the server does every few seconds.
    pub async fn keep_up_with_keys(&self) {
        self.key_keeper.keep_up(self.engine()).await.expect("the keys can be read");
    }

    /// Whether something is due that nobody has written yet. Only looks.
    pub async fn is_anything_due(&self) -> bool {
        let due = self.running.store().next_due().await.expect("the data can be read");
        let units = self.engine().sales_units().await.expect("the data can be read");
        due.iter().any(|(msn, at)| units.iter().any(|unit| unit.msn == *msn && self.clock.now(&unit.space) >= *at))
    }

    /// Lets payers do what they had planned until now. Nothing of it is left or under way afterwards.
    pub async fn payers_act(&self) {
        while self.is_anything_planned().await {
            self.engine().act_as_planned().await.expect("the data can be read");
        }
    }

    async fn is_anything_planned(&self) -> bool {
        let planned = self.running.store().next_planned().await.expect("the data can be read");
        let units = self.engine().sales_units().await.expect("the data can be read");
        planned.iter().any(|(msn, at)| units.iter().any(|unit| unit.msn == *msn && self.clock.now(&unit.space) >= *at))
    }

    /// A client without credentials.
    pub fn http(&self) -> Http {
        Http::new(self.address())
    }

    /// The merchant of the published example keys.
    pub async fn shop(&self) -> Shop {
        Shop::example(self.http()).await
    }

    /// A merchant of its own.
    pub async fn new_shop(&self, market: Market) -> Shop {
        let name = SalesUnitName::parse("Another shop").expect("a good name");
        let (msn, keys) = self.engine().create_sales_unit(name, market).await.expect("a sales unit");
        let subscription_key = keys.subscription_keys[0].as_str();
        Shop::with_keys(self.http(), msn.as_str(), &keys.client_id, &keys.client_secret, subscription_key).await
    }

    /// Switches what the shop's sales unit may do.
    pub async fn switch(&self, shop: &Shop, flag: Flag, on: bool) {
        let msn = Msn::parse(&shop.msn).expect("a sales unit's number");
        let unit = self.engine().set_flags(&msn, &[(flag, on)]).await.expect("the store answers");
        assert_eq!(unit.expect("the sales unit is there").flags.has(flag), on);
    }

    /// Stops the server, whatever it could still be asked.
    pub async fn stop(self) {
        let _cut_off_is_for_the_test_to_judge = self.running.stop().await;
    }

    /// Ends the test: stops the server and asks its data for contradictions.
    pub async fn finish(self) {
        let findings = self.running.store().verify().await.expect("the data can be read");
        assert!(findings.is_empty(), "{findings:#?}");
        let drained = self.running.stop().await;
        assert_eq!(drained.cut_off, 0, "requests were cut off");
    }
}

/// A master key in a file of its own.
fn master_key(directory: &Path) -> PathBuf {
    let path = directory.join("master.key");
    std::fs::write(&path, "bm90IGEgc2VjcmV0LCBidXQgYXMgbG9uZyBhcyBvbmU=").expect("a file");
    std::fs::set_permissions(&path, Permissions::from_mode(0o600)).expect("a private file");
    path
}

async fn run(
    setup: Setup,
    clock: &Arc<VirtualClock>,
    place: &Place,
    schema: &Schema,
    wrap: impl FnOnce(Arc<dyn Store>) -> Arc<dyn Store>,
) -> (Running, KeyKeeper) {
    let entropy = Arc::new(SeededEntropy::new(setup.seed));
    let (mode, missing) = (Some(setup.mode), Missing::Initialise);
    let opened = match place {
        Place::Directory(_) => place.open(mode, missing, &**clock, &*entropy).await,
        Place::Database(database) => database.open(schema, mode, missing, &**clock, &*entropy).await,
    };
    let Opened { store, instance: _, keys, key_keeper } = opened.expect("the data opens");
    // Production speaks plain HTTP with declared proxies only; a test is its own.
    let proxies = match setup.mode {
        Mode::Sandbox => Vec::new(),
        Mode::Production => vec!["127.0.0.1".parse().expect("an address")],
    };
    let webhooks = Webhooks {
        timeout: setup.webhook_timeout,
        time_scale: TimeScale::millionths(setup.webhook_millionths).expect("a scale"),
        ..Webhooks::default()
    };
    let parts = Parts {
        outgoing: Outgoing::new(setup.mode, &webhooks),
        listen: SocketAddr::from(([127, 0, 0, 1], 0)),
        transport: Transport::Plain,
        public_url: None,
        native_scheme: None,
        proxies,
        rate_limits: setup.rate_limits,
        docs: setup.docs,
        policy: Policy {
            any_number_is_a_payer: setup.any_phone_number,
            image_height_min: setup.image_height_min,
            slow_bank: setup.slow_bank,
            ..Policy::of(setup.mode)
        },
        limits: Limits { connections_per_address_max: None, ..Limits::default() },
        store: wrap(store),
        clock: clock.clone(),
        entropy,
        keys,
    };
    (Running::start(parts).await.expect("the server starts"), key_keeper)
}
