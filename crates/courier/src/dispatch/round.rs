//! What is under way: looks, claims, attempts and recordings, each begun when there is a place for it.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::Duration,
};

use domain::{target::Target, text::Msn};
use engine::{
    Claimed as Claim, Engine, Lane, Trouble, WebhookId,
    outbound::{Job, Tried},
};
use tokio::task::{Id, JoinError, JoinSet};

use super::{
    attempt::attempt,
    lanes::{Lanes, Obstacle},
    next_of,
    places::{IN_FLIGHT_OF_SALES_UNIT_MAX, Places},
};
use crate::carrier::Carrier;

/// The most attempts that are recorded together.
const RECORDED_TOGETHER_MAX: usize = 256;
/// Nothing more is claimed while so many attempts wait to be recorded.
const UNRECORDED_MAX: usize = 512;
/// The most claims under way: each takes a connection to the database from those who serve requests.
const CLAIMS_MAX: usize = 2;
/// How often recording is tried again before each attempt is recorded by itself.
const RECORDING_TRIES_MAX: u32 = 50;
/// How long it is waited before recording is tried again.
const RECORD_PAUSE: Duration = Duration::from_millis(200);

pub(super) struct Round {
    engine: Arc<Engine>,
    carrier: Carrier,
    places: Places,
    lanes: Lanes,
    looks: JoinSet<Result<Vec<Lane>, Trouble>>,
    claims: JoinSet<Claimed>,
    /// Of each sales unit one at a time.
    claiming: HashSet<Msn>,
    attempts: JoinSet<Option<Tried>>,
    /// What each of them is about, should it die.
    attempted: HashMap<Id, Claim>,
    tried: Vec<Tried>,
    recordings: JoinSet<Vec<Tried>>,
    is_in_trouble: bool,
}

/// What came of asking for deliveries of a sales unit.
struct Claimed {
    msn: Msn,
    wanted: Vec<(Lane, u32)>,
    jobs: Result<Vec<Job>, Trouble>,
}

impl Round {
    pub(super) fn new(engine: Arc<Engine>, carrier: Carrier) -> Self {
        Self {
            engine,
            carrier,
            places: Places::default(),
            lanes: Lanes::default(),
            looks: JoinSet::new(),
            claims: JoinSet::new(),
            claiming: HashSet::new(),
            attempts: JoinSet::new(),
            attempted: HashMap::new(),
            tried: Vec::new(),
            recordings: JoinSet::new(),
            is_in_trouble: false,
        }
    }

    /// Something may be due in these.
    pub(super) fn are_due(&mut self, lanes: Vec<Lane>) {
        for lane in lanes {
            // What somebody fetches is sent by whoever he is connected to.
            if !lane.is_fetched || self.engine.is_listening_here(lane.webhook) {
                self.lanes.add(lane);
            }
        }
    }

    /// Looks for what is due, unless somebody is at it.
    pub(super) fn begin_look(&mut self) {
        if self.looks.is_empty() {
            let engine = self.engine.clone();
            self.looks.spawn(async move { engine.due_lanes().await });
        }
    }

    /// Claims what there are places for.
    pub(super) fn begin_claims(&mut self) {
        // What could not be recorded would be sent again and again.
        if self.tried.len() > UNRECORDED_MAX || !self.engine.is_ready() {
            return;
        }
        let (places, claiming, begun) = (&mut self.places, &self.claiming, self.claims.len());
        let mut together: HashSet<Msn> = HashSet::new();
        let room = |lane: &Lane| {
            if claiming.contains(&lane.msn) {
                return Err(Obstacle::Claim(lane.msn.clone()));
            }
            if !together.contains(&lane.msn) && begun + together.len() >= CLAIMS_MAX {
                return Err(Obstacle::Claims);
            }
            let taken = places.take(lane)?;
            together.insert(lane.msn.clone());
            Ok(taken)
        };
        for (msn, wanted) in self.lanes.take(room) {
            self.claiming.insert(msn.clone());
            let engine = self.engine.clone();
            self.claims.spawn(async move {
                let places: Vec<(WebhookId, u32)> =
                    wanted.iter().map(|(lane, places)| (lane.webhook, *places)).collect();
                let jobs = engine.claim(&msn, &places).await;
                Claimed { msn, wanted, jobs }
            });
        }
    }

    /// Records what was tried, whatever that is, while nobody else does.
    pub(super) fn begin_recording(&mut self) {
        if self.tried.is_empty() || !self.recordings.is_empty() {
            return;
        }
        let count = self.tried.len().min(RECORDED_TOGETHER_MAX);
        let tried: Vec<Tried> = self.tried.drain(..count).collect();
        let engine = self.engine.clone();
        self.recordings.spawn(async move {
            record(&engine, &tried).await;
            tried
        });
    }

    /// Waits for something to end, and takes up what follows from it.
    pub(super) async fn step(&mut self) {
        tokio::select! {
            Some(looked) = next_of(&mut self.looks) => self.has_looked(looked),
            Some(claimed) = next_of(&mut self.claims) => self.has_claimed(claimed),
            Some(ended) = self.attempts.join_next_with_id() => self.has_ended(ended),
            Some(recorded) = next_of(&mut self.recordings) => self.has_recorded(&recorded),
            else => {}
        }
    }

    fn has_looked(&mut self, looked: Result<Vec<Lane>, Trouble>) {
        match looked {
            Ok(lanes) => {
                self.is_in_trouble = false;
                self.lanes.try_all();
                self.are_due(lanes);
            }
            Err(trouble) => self.tell(&trouble),
        }
    }

    /// Once, however long it lasts.
    fn tell(&mut self, trouble: &Trouble) {
        if !std::mem::replace(&mut self.is_in_trouble, true) {
            tracing::warn!(%trouble, "deliveries cannot be looked for; trying again");
        }
    }

    fn has_claimed(&mut self, claimed: Claimed) {
        let Claimed { msn, wanted, jobs } = claimed;
        self.claiming.remove(&msn);
        self.lanes.is_gone(&Obstacle::Claim(msn), usize::MAX);
        // Those of one sales unit are claimed together, so more than one can be taken up.
        self.lanes.is_gone(&Obstacle::Claims, IN_FLIGHT_OF_SALES_UNIT_MAX as usize);
        let jobs = jobs.unwrap_or_else(|trouble| {
            self.tell(&trouble);
            Vec::new()
        });
        for (lane, places) in wanted {
            let found = jobs.iter().filter(|job| job.claimed.lane.webhook == lane.webhook).count();
            let found = u32::try_from(found).unwrap_or(u32::MAX);
            self.give_back(&lane, places.saturating_sub(found));
            if found >= places {
                self.lanes.add(lane);
            }
        }
        for job in jobs {
            self.begin(job);
        }
    }

    fn begin(&mut self, job: Job) {
        let (lane, origin) = (job.claimed.lane.clone(), origin_of(&job.claimed.url));
        if self.places.is_for(&lane, &origin) {
            let (engine, carrier) = (self.engine.clone(), self.carrier.clone());
            let claim = job.claimed.clone();
            let task = self.attempts.spawn(attempt(engine, carrier, job));
            self.attempted.insert(task.id(), claim);
        } else {
            self.hand_back(job.claimed);
            self.room_again(&lane, 1);
            self.lanes.wait(Obstacle::Origin(origin), lane);
        }
    }

    fn has_ended(&mut self, ended: Result<(Id, Option<Tried>), JoinError>) {
        let id = ended.as_ref().map_or_else(JoinError::id, |(id, _)| *id);
        let Some(claim) = self.attempted.remove(&id) else { return };
        match ended {
            Ok((_, Some(tried))) => {
                // It is not under way any more, though it stays claimed until it is recorded.
                self.places.learn(claim.lane.webhook, tried.has_succeeded());
                self.leaves(&claim.lane, &claim.url);
                self.tried.push(tried);
            }
            Ok((_, None)) => self.come_to_nothing(claim),
            Err(died) => {
                tracing::error!(%died, "an attempt died; it will be made again");
                self.come_to_nothing(claim);
            }
        }
    }

    fn come_to_nothing(&mut self, claim: Claim) {
        self.leaves(&claim.lane, &claim.url);
        self.hand_back(claim);
    }

    fn hand_back(&self, claim: Claim) {
        let engine = self.engine.clone();
        tokio::spawn(async move { engine.give_back(&[claim]).await });
    }

    /// What comes next of the same payments could not be claimed before.
    fn has_recorded(&mut self, recorded: &[Tried]) {
        for tried in recorded {
            self.lanes.add(tried.claimed.lane.clone());
        }
    }

    fn leaves(&mut self, lane: &Lane, url: &str) {
        let origin = origin_of(url);
        self.places.leave(lane, &origin);
        self.lanes.is_gone(&Obstacle::Origin(origin), 1);
        self.room_again(lane, 1);
    }

    fn give_back(&mut self, lane: &Lane, places: u32) {
        if places > 0 {
            if let Some(origin) = self.places.give_back(lane, places) {
                self.lanes.is_gone(&Obstacle::Origin(origin), places as usize);
            }
            self.room_again(lane, places as usize);
        }
    }

    /// Places have been left; as many who waited may have one.
    fn room_again(&mut self, lane: &Lane, places: usize) {
        self.lanes.is_gone(&Obstacle::Registration(lane.webhook), usize::MAX);
        self.lanes.is_gone(&Obstacle::SalesUnit(lane.msn.clone()), places);
        self.lanes.is_gone(&Obstacle::House, places);
    }

    /// Waits for every attempt that is under way, and records it.
    pub(super) async fn finish(&mut self) {
        while !self.claims.is_empty()
            || !self.attempts.is_empty()
            || !self.recordings.is_empty()
            || !self.tried.is_empty()
        {
            self.begin_recording();
            self.step().await;
        }
    }
}

/// Records them together, or, where one of them is in the others' way, one by one.
async fn record(engine: &Engine, tried: &[Tried]) {
    let mut tries_left = RECORDING_TRIES_MAX;
    loop {
        match engine.record(tried).await {
            Ok(()) => return,
            Err(Trouble::Broken(_)) => break,
            Err(_) if tries_left == 0 => break,
            Err(_) => tries_left -= 1,
        }
        tokio::time::sleep(RECORD_PAUSE).await;
    }
    for one in tried {
        if let Err(trouble) = engine.record(std::slice::from_ref(one)).await {
            tracing::error!(%trouble, "an attempt could not be recorded; it will be made again");
            let _given_back_or_it_lapses = engine.give_back(std::slice::from_ref(&one.claimed)).await;
        }
    }
}

fn origin_of(url: &str) -> Box<str> {
    Target::parse(url).map_or_else(|_| url.into(), |target| target.origin().into())
}
