//! The desk without a runtime or a store: places and claims add up, nothing is lost, and nobody starves.

use std::time::Duration;

use domain::{
    target::Target,
    text::{Msn, Reference},
    time::Timestamp,
};
use engine::{DeliveryId, KeyHolder, Recipient, outbound::Addressee};
use tokio::task::JoinSet;

use super::*;

/// A registration of a sales unit of its own.
fn lane(number: u8) -> Lane {
    let msn = Msn::parse(&format!("{:06}", 100_000 + u32::from(number))).unwrap();
    Lane { msn, webhook: WebhookId([number; 16]), is_fetched: false }
}

fn url(lane: &Lane) -> String {
    format!("http://receiver.example/{}", lane.webhook.0[0])
}

/// All of them at one origin.
fn job(lane: &Lane) -> Job {
    let addressee = Addressee { target: Target::parse(&url(lane)).unwrap(), secret: "secret".to_owned().into() };
    Job { claimed: claim(lane), addressee: Some(Arc::new(addressee)), waiting: Stopwatch::start() }
}

/// What is claimed of a registration.
pub(in crate::dispatch) fn claim(lane: &Lane) -> Claim {
    let recipient = Recipient {
        lane: lane.clone(),
        owner: KeyHolder::SalesUnit(lane.msn.clone()),
        url: url(lane).into(),
        sealed_secret: Vec::new(),
        failing_since: None,
    };
    Claim {
        id: DeliveryId([1; 16]),
        fence: 1,
        recipient: Arc::new(recipient),
        reference: Reference::parse("reference-1").unwrap(),
        event_id: [1; 16],
        body: "{}".into(),
        number: 1,
        first_attempt_at: None,
    }
}

/// By one that answers, and not quickly.
fn made(status: u16) -> Made {
    let (at, took, signature) = (Timestamp::from_milliseconds(0), Duration::from_secs(1), "".into());
    Made { at, took, outcome: Ok(status), answer: Vec::new(), signature }
}

fn begun(lane: &Lane) -> Begun {
    Begun { job: job(lane), origin: "http://receiver.example:80".into() }
}

/// Whether there is news, which then is none any more.
async fn is_told(desk: &Desk) -> bool {
    tokio::select! {
        biased;
        () = desk.news() => true,
        () = std::future::ready(()) => false,
    }
}

/// A desk and whoever is at work, where every lane has more to be sent than can ever be.
#[derive(Default)]
struct Work {
    desk: Arc<Desk>,
    held: VecDeque<Held>,
    attempted: HashMap<WebhookId, usize>,
}

impl Work {
    fn of(lanes: &[Lane]) -> Self {
        let work = Self::default();
        lanes.iter().for_each(|lane| work.desk.books().lanes.add(lane.clone()));
        work
    }

    fn claim(&self) {
        let mut books = self.desk.books();
        let Books { places, lanes, .. } = &mut *books;
        for wanted in lanes.take(|lane| places.claim(lane)).into_values() {
            let jobs = wanted.iter().flat_map(|(lane, count)| (0..*count).map(|_| job(lane))).collect();
            books.have_claimed(&wanted, jobs);
        }
    }

    /// One attempt ends after the other, the oldest first; what has ended is recorded at once.
    fn go_on(&mut self, steps: usize) {
        for _ in 0..steps {
            self.claim();
            let begun = self.desk.books().take_begun();
            self.held.extend(begun.into_iter().map(|begun| Held::new(self.desk.clone(), begun)));
            let oldest = self.held.pop_front().expect("there is always somebody at work");
            *self.attempted.entry(oldest.job().unwrap().claimed.recipient.lane.webhook).or_default() += 1;
            self.held.extend(oldest.hand_in(Some(made(200))));
            let recorded = self.desk.books().take_tried(usize::MAX);
            self.desk.books().have_recorded(&recorded);
        }
    }
}

#[test]
fn whoever_hands_in_takes_the_next_along() {
    let mut work = Work::of(&[lane(1)]);
    work.go_on(100);
    assert_eq!(work.attempted[&lane(1).webhook], 100);
    assert_eq!(work.held.len(), 8);
    assert!(work.desk.books().take_begun().is_empty(), "nothing lies there that has a place");
}

#[test]
fn who_is_busy_makes_room_for_whoever_waits_for_the_places_they_share() {
    let mut work = Work::of(&[lane(1), lane(2)]);
    work.go_on(300);
    assert_eq!(work.held.len(), 16, "all places at the origin are taken");
    work.desk.books().lanes.add(lane(3));
    work.go_on(1000);
    assert!(work.attempted[&lane(3).webhook] > 100, "{:?}", work.attempted);
    assert!(work.held.len() <= 16);
}

#[test]
fn those_who_share_places_take_turns_however_much_is_claimed_for_each() {
    let (mut books, lanes) = (Books::default(), [lane(1), lane(2), lane(3)]);
    for lane in &lanes {
        let origin = begun(lane).origin;
        // Until it may have eight places.
        for _ in 0..3 {
            assert_eq!(books.places.enter(lane, &origin), Ok(()));
            books.places.leave(lane, &origin, Some(Went::Quickly));
        }
    }
    for lane in &lanes {
        books.have_claimed(&[(lane.clone(), 100)], (0..100).map(|_| job(lane)).collect());
    }
    let (mut under_way, mut ended) = (books.take_begun(), HashMap::new());
    assert_eq!(under_way.len(), 16, "all places at the origin are taken");
    for _ in 0..90 {
        let oldest = under_way.pop_front().unwrap();
        *ended.entry(oldest.job.claimed.recipient.lane.webhook).or_insert(0) += 1;
        books.has_ended(oldest, Some(made(200)));
        under_way.extend(books.take_begun());
    }
    assert!(lanes.iter().all(|lane| ended.get(&lane.webhook).is_some_and(|count| *count >= 20)), "{ended:?}");
}

#[tokio::test]
async fn an_attempt_that_is_not_made_or_whose_task_ends_comes_back() {
    let mut work = Work::of(&[lane(1)]);
    work.go_on(50);
    assert!(is_told(&work.desk).await);
    let mut tasks = JoinSet::new();
    let unmade = work.held.pop_front().unwrap();
    for held in work.held.drain(..) {
        tasks.spawn(async move {
            let _held = held;
            std::future::pending::<()>().await;
        });
    }
    // Before any of them was asked anything.
    tasks.shutdown().await;
    assert!(is_told(&work.desk).await);
    assert_eq!(work.desk.books().take_broken_off().len(), 7);
    work.desk.books().ready.take_all();
    work.desk.books().take_begun();
    assert!(unmade.hand_in(None).is_none());
    assert!(is_told(&work.desk).await);
    assert_eq!(work.desk.books().take_broken_off().len(), 1);
    assert_eq!(work.desk.books().unrecorded().0, 0);
}

#[test]
fn those_who_record_hear_of_the_first_and_of_enough() {
    let mut books = Books::default();
    for count in 1..=RECORDED_TOGETHER_MIN + 1 {
        books.has_ended(begun(&lane(1)), Some(made(200)));
        assert_eq!(books.has_news(), count == 1 || count == RECORDED_TOGETHER_MIN, "{count}");
    }
    assert_eq!(books.take_tried(RECORDED_TOGETHER_MIN).len(), RECORDED_TOGETHER_MIN);
    assert!(matches!(books.unrecorded(), (1, Some(_))), "what is left waits for company of its own");
    books.take_tried(9);
    assert!(matches!(books.unrecorded(), (0, None)));
}

#[test]
fn what_is_claimed_and_in_nobodys_hands_is_all_there_to_be_given_back() {
    let mut books = Books::default();
    books.have_claimed(&[(lane(1), 3)], (0..3).map(|_| job(&lane(1))).collect());
    books.break_off(job(&lane(2)).claimed);
    assert_eq!((books.begun.len(), books.broken_off.len()), (1, 1));
    assert_eq!(books.take_all().len(), 4);
    assert!(books.take_all().is_empty());
}
