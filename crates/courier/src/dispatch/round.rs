//! What is under way: looks, claims, attempts and recordings, each begun when there is a place for it.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::Duration,
};

use domain::text::Msn;
use engine::{
    Engine, Lane, Trouble, WebhookId,
    clock::Stopwatch,
    outbound::{Job, Tried},
};
use tokio::task::{Id, JoinError, JoinSet};

use super::{
    attempt::attempt_in_turn,
    desk::{Books, Desk, Held, RECORDED_TOGETHER_MIN},
    lanes::Obstacle,
    next_of,
    places::IN_FLIGHT_OF_SALES_UNIT_MAX,
};
use crate::carrier::Carrier;

/// How long attempts wait for company that would be recorded with them.
const COMPANY_TIME_MAX: Duration = Duration::from_millis(2);
/// The most attempts that are recorded together.
const RECORDED_TOGETHER_MAX: usize = 512;
/// Nothing more is claimed while so many attempts wait to be recorded.
const UNRECORDED_MAX: usize = 1024;
/// The most claims under way: each takes a connection to the database from those who serve requests.
const CLAIMS_MAX: usize = 2;
/// How often recording is tried again before each attempt is recorded by itself.
const RECORDING_TRIES_MAX: u32 = 50;
/// How long it is waited before recording is tried again.
const RECORD_PAUSE: Duration = Duration::from_millis(200);
/// The most claims that are given back together.
const GIVEN_BACK_TOGETHER_MAX: usize = 64;
/// How long giving back may take when the server stops.
const GIVE_BACK_TIME_MAX: Duration = Duration::from_secs(1);

pub(super) struct Round {
    engine: Arc<Engine>,
    carrier: Carrier,
    desk: Arc<Desk>,
    looks: JoinSet<Result<Vec<Lane>, Trouble>>,
    claims: JoinSet<Result<Vec<Job>, Trouble>>,
    /// What each of them is for: of each sales unit there is one at a time.
    claiming: HashMap<Id, (Msn, Vec<(Lane, u32)>)>,
    attempts: JoinSet<()>,
    recordings: JoinSet<()>,
    /// What it records.
    recording: Arc<Vec<Tried>>,
    returns: JoinSet<()>,
    is_in_trouble: bool,
}

impl Round {
    pub(super) fn new(engine: Arc<Engine>, carrier: Carrier) -> Self {
        Self {
            engine,
            carrier,
            desk: Arc::default(),
            looks: JoinSet::new(),
            claims: JoinSet::new(),
            claiming: HashMap::new(),
            attempts: JoinSet::new(),
            recordings: JoinSet::new(),
            recording: Arc::default(),
            returns: JoinSet::new(),
            is_in_trouble: false,
        }
    }

    /// Something may be due in these.
    pub(super) fn are_due(&self, lanes: Vec<Lane>) {
        let mut books = self.desk.books();
        for lane in lanes {
            // What somebody fetches is sent by whoever he is connected to.
            if !lane.is_fetched || self.engine.is_listening_here(lane.webhook) {
                books.lanes.add(lane);
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

    /// Begins whatever there is something for, and a place.
    pub(super) fn begin(&mut self) {
        self.begin_claims();
        self.begin_attempts();
        self.begin_recording();
        self.begin_returns();
    }

    /// Claims what there are places for.
    fn begin_claims(&mut self) {
        let mut books = self.desk.books();
        // What could not be recorded would be sent again and again.
        if books.unrecorded().0 > UNRECORDED_MAX || !self.engine.is_ready() {
            return;
        }
        let claiming: HashSet<Msn> = self.claiming.values().map(|(msn, _)| msn.clone()).collect();
        let (Books { places, lanes, .. }, begun) = (&mut *books, self.claims.len());
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
        for (msn, wanted) in lanes.take(room) {
            let (engine, unit) = (self.engine.clone(), msn.clone());
            let counts: Vec<(WebhookId, u32)> = wanted.iter().map(|(lane, count)| (lane.webhook, *count)).collect();
            let task = self.claims.spawn(async move { engine.claim(&unit, &counts).await });
            self.claiming.insert(task.id(), (msn, wanted));
        }
    }

    /// Finds somebody for whatever has a place.
    fn begin_attempts(&mut self) {
        let begun = self.desk.books().take_begun();
        for begun in begun {
            let held = Held::new(self.desk.clone(), begun);
            self.attempts.spawn(attempt_in_turn(held, self.engine.clone(), self.carrier.clone()));
        }
    }

    /// Records what was tried, while nobody else does.
    fn begin_recording(&mut self) {
        let mut books = self.desk.books();
        let (count, lonely) = books.unrecorded();
        if count == 0 || !self.recordings.is_empty() {
            return;
        }
        let has_company = count >= RECORDED_TOGETHER_MIN || self.attempts.is_empty();
        if !has_company && lonely.is_some_and(|since| since.elapsed() < COMPANY_TIME_MAX) {
            return;
        }
        self.recording = Arc::new(books.take_tried(RECORDED_TOGETHER_MAX));
        let (engine, tried) = (self.engine.clone(), self.recording.clone());
        self.recordings.spawn(async move { record(&engine, &tried).await });
    }

    /// Hands back what was claimed and is not attempted.
    fn begin_returns(&mut self) {
        let claims = self.desk.books().take_broken_off();
        for claims in claims.chunks(GIVEN_BACK_TOGETHER_MAX) {
            let (engine, claims) = (self.engine.clone(), claims.to_vec());
            self.returns.spawn(async move {
                let _given_back_or_they_lapse = engine.give_back(&claims).await;
            });
        }
    }

    /// Waits for something to end, and takes up what follows from it.
    pub(super) async fn step(&mut self) {
        let lonely = if self.recordings.is_empty() { self.desk.books().unrecorded().1 } else { None };
        tokio::select! {
            Some(looked) = next_of(&mut self.looks) => self.has_looked(looked),
            Some(claimed) = self.claims.join_next_with_id() => self.has_claimed(claimed),
            Some(ended) = self.attempts.join_next() => tell_of_death(ended),
            Some(ended) = self.recordings.join_next() => self.has_recorded(ended),
            Some(()) = next_of(&mut self.returns) => {}
            () = self.desk.news() => {}
            () = company(lonely) => {}
        }
    }

    fn has_looked(&mut self, looked: Result<Vec<Lane>, Trouble>) {
        match looked {
            Ok(lanes) => {
                self.is_in_trouble = false;
                self.desk.books().lanes.try_all();
                self.are_due(lanes);
                let mut books = self.desk.books();
                for job in books.ready.take_late() {
                    books.break_off(job.claimed);
                }
                for webhook in books.ready.webhooks() {
                    books.begin(webhook);
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
        let jobs = jobs.unwrap_or_else(|trouble| {
            self.tell(&trouble);
            Vec::new()
        });
        let mut books = self.desk.books();
        books.lanes.is_gone(&Obstacle::Claim(msn), usize::MAX);
        // Those of one sales unit are claimed together, so more than one can be taken up.
        books.lanes.is_gone(&Obstacle::Claims, IN_FLIGHT_OF_SALES_UNIT_MAX as usize);
        books.have_claimed(&wanted, jobs);
    }

    fn has_recorded(&mut self, ended: Result<(), JoinError>) {
        let tried = std::mem::take(&mut self.recording);
        let mut books = self.desk.books();
        let Err(died) = ended else { return books.have_recorded(&tried) };
        tracing::error!(%died, "recording attempts died; they will be made again");
        for one in tried.iter() {
            books.break_off(one.claimed.clone());
        }
    }

    /// Breaks off what is under way and hands it back.
    pub(super) async fn abandon(&mut self) {
        let Self { engine, desk, attempts, returns, .. } = self;
        let giving_back = async {
            attempts.shutdown().await;
            let claims = desk.books().take_all();
            let _given_back_or_they_lapse = engine.give_back(&claims).await;
            while returns.join_next().await.is_some() {}
        };
        let _in_time_or_they_lapse = tokio::time::timeout(GIVE_BACK_TIME_MAX, giving_back).await;
    }

    /// Waits for every attempt that is under way, and records it; what has not begun is handed back.
    pub(super) async fn finish(&mut self) {
        loop {
            let is_recorded = self.desk.books().break_off_ready().unrecorded().0 == 0;
            self.begin_attempts();
            self.begin_recording();
            self.begin_returns();
            if is_recorded && self.is_idle() {
                return;
            }
            self.step().await;
        }
    }

    fn is_idle(&self) -> bool {
        let Self { claims, attempts, recordings, returns, .. } = self;
        claims.is_empty() && attempts.is_empty() && recordings.is_empty() && returns.is_empty()
    }
}

fn tell_of_death(ended: Result<(), JoinError>) {
    if let Err(died) = ended {
        tracing::error!(%died, "an attempt died; it will be made again");
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
