//! What is under way: looks, claims, attempts and recordings, each begun when there is a place for it.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::Duration,
};

use domain::text::Msn;
use engine::{
    Claimed as Claim, Engine, Lane, Trouble, WebhookId,
    clock::Stopwatch,
    outbound::{Job, Tried},
};
use tokio::task::{Id, JoinError, JoinSet};

use super::{
    attempt::attempt,
    lanes::{Lanes, Obstacle},
    next_of,
    places::{IN_FLIGHT_MAX, IN_FLIGHT_OF_SALES_UNIT_MAX, Places},
    ready::Ready,
};
use crate::carrier::Carrier;

/// So many attempts are worth being recorded at once; fewer wait a little for company, while any are under way.
const RECORDED_TOGETHER_MIN: usize = 128;
/// How long they wait.
const COMPANY_TIME_MAX: Duration = Duration::from_millis(2);
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
/// How long giving back may take when the server stops.
const GIVE_BACK_TIME_MAX: Duration = Duration::from_secs(1);

pub(super) struct Round {
    engine: Arc<Engine>,
    carrier: Carrier,
    places: Places,
    lanes: Lanes,
    looks: JoinSet<Result<Vec<Lane>, Trouble>>,
    claims: JoinSet<Result<Vec<Job>, Trouble>>,
    /// What each of them is for: of each sales unit there is one at a time.
    claiming: HashMap<Id, (Msn, Vec<(Lane, u32)>)>,
    /// Claimed, and not yet attempted.
    ready: Ready,
    attempts: JoinSet<Option<Tried>>,
    /// What each of them is about, should it die, and the origin it goes to.
    attempted: HashMap<Id, (Claim, Arc<str>)>,
    tried: Vec<Tried>,
    /// Since when what was tried waits for company.
    lonely: Option<Stopwatch>,
    recordings: JoinSet<Vec<Tried>>,
    is_in_trouble: bool,
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
            claiming: HashMap::new(),
            ready: Ready::default(),
            attempts: JoinSet::new(),
            attempted: HashMap::new(),
            tried: Vec::new(),
            lonely: None,
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
        let claiming: HashSet<Msn> = self.claiming.values().map(|(msn, _)| msn.clone()).collect();
        let (places, begun) = (&mut self.places, self.claims.len());
        let mut together: HashSet<Msn> = HashSet::new();
        let room = |lane: &Lane| {
            if claiming.contains(&lane.msn) {
                return Err(Obstacle::Claim(lane.msn.clone()));
            }
            if !together.contains(&lane.msn) && begun + together.len() >= CLAIMS_MAX {
                return Err(Obstacle::Claims);
            }
            let count = places.claim(lane)?;
            together.insert(lane.msn.clone());
            Ok(count)
        };
        for (msn, wanted) in self.lanes.take(room) {
            let (engine, unit) = (self.engine.clone(), msn.clone());
            let counts: Vec<(WebhookId, u32)> = wanted.iter().map(|(lane, count)| (lane.webhook, *count)).collect();
            let task = self.claims.spawn(async move { engine.claim(&unit, &counts).await });
            self.claiming.insert(task.id(), (msn, wanted));
        }
    }

    /// Records what was tried, while nobody else does.
    pub(super) fn begin_recording(&mut self) {
        if self.tried.is_empty() || !self.recordings.is_empty() {
            return;
        }
        let has_company = self.tried.len() >= RECORDED_TOGETHER_MIN || self.attempts.is_empty();
        if !has_company && self.lonely.is_some_and(|since| since.elapsed() < COMPANY_TIME_MAX) {
            return;
        }
        let count = self.tried.len().min(RECORDED_TOGETHER_MAX);
        let tried: Vec<Tried> = self.tried.drain(..count).collect();
        self.lonely = (!self.tried.is_empty()).then(Stopwatch::start);
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
            Some(claimed) = self.claims.join_next_with_id() => self.has_claimed(claimed),
            Some(ended) = self.attempts.join_next_with_id() => self.have_ended(ended),
            Some(recorded) = next_of(&mut self.recordings) => self.has_recorded(&recorded),
            () = company(self.lonely), if self.recordings.is_empty() => {}
            else => {}
        }
    }

    fn has_looked(&mut self, looked: Result<Vec<Lane>, Trouble>) {
        match looked {
            Ok(lanes) => {
                self.is_in_trouble = false;
                self.lanes.try_all();
                self.are_due(lanes);
                for job in self.ready.take_late() {
                    self.hand_back(job.claimed);
                }
                for webhook in self.ready.webhooks() {
                    self.attempt(webhook);
                }
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

    fn has_claimed(&mut self, claimed: Result<(Id, Result<Vec<Job>, Trouble>), JoinError>) {
        let id = claimed.as_ref().map_or_else(JoinError::id, |(id, _)| *id);
        let Some((msn, wanted)) = self.claiming.remove(&id) else { return };
        let jobs = claimed.map_or_else(|died| Err(Trouble::Unavailable(died.to_string())), |(_, jobs)| jobs);
        self.lanes.is_gone(&Obstacle::Claim(msn), usize::MAX);
        // Those of one sales unit are claimed together, so more than one can be taken up.
        self.lanes.is_gone(&Obstacle::Claims, IN_FLIGHT_OF_SALES_UNIT_MAX as usize);
        let jobs = jobs.unwrap_or_else(|trouble| {
            self.tell(&trouble);
            Vec::new()
        });
        for (lane, count) in &wanted {
            let found = jobs.iter().filter(|job| job.claimed.recipient.lane.webhook == lane.webhook).count();
            let found = u32::try_from(found).unwrap_or(u32::MAX);
            self.unclaim(lane.webhook, count.saturating_sub(found));
            if found >= *count {
                self.lanes.add(lane.clone());
            }
        }
        for job in jobs {
            self.ready.add(job);
        }
        for (lane, _) in wanted {
            self.attempt(lane.webhook);
        }
    }

    /// Attempts of a registration what there are places for.
    fn attempt(&mut self, webhook: WebhookId) {
        while let Some((job, origin)) = self.ready.first(webhook) {
            let origin = origin.clone();
            match self.places.enter(&job.claimed.recipient.lane, &origin) {
                Ok(()) => {}
                // Its own attempts end, and then it is asked again.
                Err(Obstacle::Registration(_)) => return,
                Err(obstacle) => return self.ready.wait(obstacle, webhook),
            }
            let Some(job) = self.ready.take(webhook) else { return };
            let (engine, carrier, claim) = (self.engine.clone(), self.carrier.clone(), job.claimed.clone());
            let task = self.attempts.spawn(attempt(engine, carrier, job));
            self.attempted.insert(task.id(), (claim, origin));
        }
    }

    /// This attempt, and those that have ended by now too.
    fn have_ended(&mut self, first: Result<(Id, Option<Tried>), JoinError>) {
        self.has_ended(first);
        for _ in 1..IN_FLIGHT_MAX {
            let Some(ended) = self.attempts.try_join_next_with_id() else { return };
            self.has_ended(ended);
        }
    }

    fn has_ended(&mut self, ended: Result<(Id, Option<Tried>), JoinError>) {
        let id = ended.as_ref().map_or_else(JoinError::id, |(id, _)| *id);
        let Some((claim, origin)) = self.attempted.remove(&id) else { return };
        let tried = match ended {
            Ok((_, tried)) => tried,
            Err(died) => {
                tracing::error!(%died, "an attempt died; it will be made again");
                None
            }
        };
        let has_succeeded = tried.as_ref().is_some_and(Tried::has_succeeded);
        let lane = &claim.recipient.lane;
        self.places.leave(lane, &origin, has_succeeded);
        self.attempt(lane.webhook);
        for obstacle in [Obstacle::Origin(origin), Obstacle::SalesUnit(lane.msn.clone()), Obstacle::House] {
            if let Some(next) = self.ready.next_for(&obstacle) {
                self.attempt(next);
            }
            self.lanes.is_gone(&obstacle, 1);
        }
        match tried {
            // It is not under way any more, though it stays claimed until it is recorded.
            Some(tried) => {
                self.tried.push(tried);
                self.lonely.get_or_insert_with(Stopwatch::start);
            }
            None => self.hand_back(claim),
        }
    }

    /// What was claimed and is not attempted.
    fn hand_back(&mut self, claim: Claim) {
        self.unclaim(claim.recipient.lane.webhook, 1);
        let engine = self.engine.clone();
        tokio::spawn(async move { engine.give_back(&[claim]).await });
    }

    fn unclaim(&mut self, webhook: WebhookId, count: u32) {
        if count > 0 {
            self.places.unclaim(webhook, count);
            self.lanes.is_gone(&Obstacle::Registration(webhook), usize::MAX);
        }
    }

    /// What comes next of the same payments could not be claimed before.
    fn has_recorded(&mut self, recorded: &[Tried]) {
        let mut lanes = HashSet::new();
        for tried in recorded {
            let lane = &tried.claimed.recipient.lane;
            self.unclaim(lane.webhook, 1);
            if lanes.insert(lane) {
                self.lanes.add(lane.clone());
            }
        }
    }

    /// Breaks off what is under way and hands it back.
    pub(super) async fn abandon(&mut self) {
        self.attempts.abort_all();
        let claims: Vec<Claim> = self.attempted.drain().map(|(_, (claim, _))| claim).collect();
        if !claims.is_empty() {
            let giving_back = self.engine.give_back(&claims);
            let _given_back_or_they_lapse = tokio::time::timeout(GIVE_BACK_TIME_MAX, giving_back).await;
        }
    }

    /// Waits for every attempt that is under way, and records it; what has not begun is handed back.
    pub(super) async fn finish(&mut self) {
        loop {
            let waiting: Vec<Claim> = self.ready.take_all().into_iter().map(|job| job.claimed).collect();
            if !waiting.is_empty() {
                let _given_back_or_they_lapse = self.engine.give_back(&waiting).await;
            }
            if self.claims.is_empty() && self.attempts.is_empty() && self.recordings.is_empty() && self.tried.is_empty()
            {
                return;
            }
            self.begin_recording();
            self.step().await;
        }
    }
}

/// Resolves once what was tried has waited for company as long as it does; never, while nothing waits.
async fn company(lonely: Option<Stopwatch>) {
    match lonely {
        Some(lonely) => tokio::time::sleep(COMPANY_TIME_MAX.saturating_sub(lonely.elapsed())).await,
        None => std::future::pending().await,
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
