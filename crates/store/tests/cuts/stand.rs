//! A store behind a proxy that cuts, with one beside it that goes straight to the server and sees what is there; and one cut, judged.

use std::{sync::Mutex, time::Duration};

use domain::{payment::Rejection, time::Timestamp};
use store::{
    Instance, Intent, Mode, Outcome, Store, Trouble,
    postgres::{NewInstallation, OpenError, PostgresStore, Schema},
};
use testkit::{Cut, CuttingProxy, Direction, Postgres, Step, Way};
use tokio::time::{Instant, timeout};
use tokio_postgres::NoTls;

use crate::{
    operation::{Again, Asked, Case, Cuttable, UNIT, answer_of},
    telling::APPROVE_AND_TELL,
    work::{approval, make_sales_unit, paying},
};

/// A store that has not answered after so long never will.
const HUNG_AFTER: Duration = Duration::from_secs(60);
/// An intent that has not been answered after so many tries never will be.
const TRIES_MAX: u32 = 40;
/// How many connections carry out what is left of a group.
const SINGLES_MAX: usize = 4;
/// After a repetition, of which there is one after each cut, so many groups look whether what they create is there. Then none does.
const GROUPS_LOOKING: usize = 16;

pub struct Stand {
    pub database: String,
    pub proxy: CuttingProxy,
    pub store: PostgresStore,
    pub direct: PostgresStore,
    /// A connection that sees rows.
    beside: tokio_postgres::Client,
    /// What there is before an operation, for the one that is tried here.
    before: Mutex<Option<(&'static str, Vec<String>)>>,
}

/// Opens a store at an address.
pub async fn open(url: &str) -> Result<PostgresStore, OpenError> {
    let instance = Instance { id: [9; 16], mode: Mode::Sandbox, created_at: Timestamp::from_milliseconds(1) };
    let new = NewInstallation { instance, sealed_keys: b"sealed".to_vec(), master_key: None };
    let (address, schema) = (Postgres::address(url), Schema::current());
    let opened = PostgresStore::open(&address, &schema, None, new);
    timeout(HUNG_AFTER, opened).await.expect("opening comes to an end").map(|(store, _)| store)
}

/// The name of a database in its address.
pub fn name_of(url: &str) -> String {
    let (_, rest) = url.split_once("@/").unwrap();
    rest.split('?').next().unwrap().to_owned()
}

/// What came of one cut.
#[derive(Debug)]
pub struct Seen {
    /// What came by, as far as the last cut.
    pub steps: Vec<Step>,
    pub cuts: usize,
    /// How many of the intents the store answered, and how many it had no answer for.
    pub answered: usize,
    pub unavailable: usize,
    pub took: Duration,
}

impl Stand {
    /// One with a database of its own.
    pub async fn new(server: &Postgres) -> Self {
        let url = server.database();
        let direct = open(&url).await.unwrap();
        make_sales_unit(&direct, UNIT, 1).await;
        let (database, proxy) = (name_of(&url), CuttingProxy::start(server.socket()).await);
        let store = open(&proxy.url(&database)).await.unwrap();
        let (beside, connection) = tokio_postgres::connect(&url, NoTls).await.unwrap();
        tokio::spawn(connection);
        Self { database, proxy, store, direct, beside, before: Mutex::new(None) }
    }

    /// Makes it certain that whatever connection is lent next is whole and has prepared its statements, so that what comes by next is of
    /// the operation alone: connections are lent in turn.
    async fn warm_up(&self, operation: &Cuttable) {
        let is_of_several = operation.after.len() > 1 && !operation.is_of_webhooks() && !operation.is_of_a_payer();
        let groups = match () {
            () if operation.is_of_creations() => GROUPS_LOOKING,
            () if is_of_several => SINGLES_MAX,
            () => 1,
        };
        for _ in 0..groups {
            // Refused, for there is no such payment: nothing is written.
            let outcome = self.store.apply(approval(UNIT, "there-is-none")).await;
            assert!(matches!(outcome, Ok(Outcome::Rejected(_))), "{outcome:?}");
        }
        if operation.is_of_a_payer() {
            // It reads two rows more.
            let outcome = self.store.apply(paying(UNIT, "there-is-none", "4740000010")).await;
            assert!(matches!(outcome, Ok(Outcome::Rejected(_))), "{outcome:?}");
        }
        if operation.is_of_orders() || (operation.is_of_webhooks() && operation.name != APPROVE_AND_TELL.name) {
            // Each of these has statements of its own; what it leaves is removed with all the rest.
            let case = crate::new_case();
            operation.prepare(&self.direct, &case).await;
            for (intent, _) in (operation.asked)(&case) {
                let outcome = self.store.apply(intent).await;
                assert!(matches!(outcome, Ok(Outcome::Done(_))), "{outcome:?}");
            }
        }
        self.proxy.quiet().await;
    }

    /// Carries an operation out while the connection is cut, and judges what came of it: what was acknowledged is there, nothing is there
    /// twice, and asking until there is an answer leads to what was wanted.
    ///
    /// # Errors
    /// What is wrong, in words.
    pub async fn cut(&self, operation: &Cuttable, case: &Case, cuts: &[Cut]) -> Result<Seen, String> {
        operation.prepare(&self.direct, case).await;
        self.warm_up(operation).await;
        if cuts.iter().any(|cut| cut.way == Way::Outage) {
            // Then what looks a commit up has a connection, and finds it silent.
            self.store.directory_version().await.map_err(|trouble| trouble.to_string())?;
            self.proxy.quiet().await;
        }
        self.proxy.arm(cuts);
        self.carry_out(operation, case, cuts).await
    }

    /// The same with a store and a proxy that are as they shall be, and nothing that has to be there before.
    ///
    /// # Errors
    /// What is wrong, in words.
    pub async fn carry_out(&self, operation: &Cuttable, case: &Case, cuts: &[Cut]) -> Result<Seen, String> {
        let before = self.as_before(operation, case).await;
        let began = Instant::now();
        let first = apply_all(&self.store, (operation.asked)(case)).await?;
        let took = began.elapsed();
        let (steps, made) = self.proxy.disarm();
        // A server that is told nothing holds on to what it has locked until it gives the session up; a store waits that long if it must.
        if cuts.iter().any(|cut| cut.way == Way::Outage) {
            self.proxy.heal();
        }
        let seen = Seen {
            steps,
            cuts: made,
            answered: first.iter().filter(|outcome| outcome.is_ok()).count(),
            unavailable: first.iter().filter(|outcome| outcome.is_err()).count(),
            took,
        };
        let judged = self.judge(operation, case, &before, first).await;
        self.proxy.heal();
        judged?;
        if operation.is_of_the_directory() {
            self.empty_the_directory().await?;
        }
        if operation.is_of_webhooks() {
            self.empty_what_is_told().await?;
        }
        Ok(seen)
    }

    /// Looks for contradictions, and lets the directory be as small as before: it is read whole, row by row, and the rows are messages.
    async fn empty_the_directory(&self) -> Result<(), String> {
        let findings = self.direct.verify().await.unwrap();
        let removed = self.beside.batch_execute(
            "delete from kasse.key_sets where msn <> '123456'; delete from kasse.sales_units where msn <> '123456'",
        );
        removed.await.unwrap();
        if findings.is_empty() { Ok(()) } else { Err(format!("{findings:?}")) }
    }

    /// The same of registrations and all they are sent, which every payment would be told to.
    async fn empty_what_is_told(&self) -> Result<(), String> {
        let findings = self.direct.verify().await.unwrap();
        let removed = self.beside.batch_execute(
            "delete from kasse.delivery_attempts; delete from kasse.deliveries; delete from kasse.announcements;
             delete from kasse.webhooks",
        );
        removed.await.unwrap();
        if findings.is_empty() { Ok(()) } else { Err(format!("{findings:?}")) }
    }

    /// What was there before; it is the same each time.
    async fn as_before(&self, operation: &Cuttable, case: &Case) -> Vec<String> {
        let known = self.before.lock().unwrap().clone();
        if let Some((name, known)) = known
            && name == operation.name
        {
            return known;
        }
        let found = operation.standing(&self.direct, case).await;
        *self.before.lock().unwrap() = Some((operation.name, found.clone()));
        found
    }

    async fn judge(
        &self,
        operation: &Cuttable,
        case: &Case,
        before: &[String],
        first: Vec<Result<Outcome, Trouble>>,
    ) -> Result<(), String> {
        let wanted = operation.wanted();
        let asked: Vec<Again> = (operation.asked)(case).into_iter().map(|(_, again)| again).collect();
        let is_answered = first.iter().all(Result::is_ok);
        for (outcome, again) in first.iter().zip(&asked) {
            judge_first(outcome, *again)?;
        }
        let standing = operation.standing(&self.direct, case).await;
        if is_answered && standing != wanted {
            return Err(format!("was acknowledged, and is {standing:?}"));
        }
        for ((now, before), wanted) in standing.iter().zip(before).zip(&wanted) {
            if now != before && now != wanted {
                return Err(format!("without an answer it is neither as before nor as wanted: {now}"));
            }
        }
        // Once more until there is an answer, and once more after that: from then on it is a repetition.
        let mut answers = first;
        for round in usize::from(is_answered)..2 {
            for (index, (_, again)) in (operation.asked)(case).into_iter().enumerate() {
                let is_first_answer = answers[index].is_err();
                if again == Again::Anew && (round > 0 || !is_first_answer) {
                    continue;
                }
                let outcome = self.until_answered(operation, case, index).await?;
                let earlier = answers[index].as_ref().ok().and_then(answer_of).cloned();
                judge_again(&outcome, again, is_first_answer, earlier.as_ref())?;
                answers[index] = Ok(outcome);
            }
        }
        let standing = operation.standing(&self.direct, case).await;
        if standing == wanted { Ok(()) } else { Err(format!("asked for again it is {standing:?}")) }
    }

    async fn until_answered(&self, operation: &Cuttable, case: &Case, index: usize) -> Result<Outcome, String> {
        let mut last = String::new();
        for _ in 0..TRIES_MAX {
            let (intent, _) = (operation.asked)(case).remove(index);
            let answer = timeout(HUNG_AFTER, self.store.apply(intent)).await;
            match answer.map_err(|_| "asked for again it is never answered".to_owned())? {
                Ok(outcome) => return Ok(outcome),
                Err(Trouble::Unavailable(reason)) => last = reason,
                Err(other) => return Err(format!("asked for again: {other}")),
            }
            // real time: what keeps it from answering is another machine's business and takes its time.
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Err(format!("is never answered: {last}"))
    }
}

/// Hands the intents in at the same moment. On a runtime of one thread nothing is taken before all are there.
async fn apply_all(store: &PostgresStore, asked: Vec<Asked>) -> Result<Vec<Result<Outcome, Trouble>>, String> {
    let answering: Vec<_> = asked.into_iter().map(|(intent, _): (Intent, Again)| store.apply(intent)).collect();
    let mut outcomes = Vec::new();
    for answer in answering {
        outcomes.push(timeout(HUNG_AFTER, answer).await.map_err(|_| "is never answered".to_owned())?);
    }
    Ok(outcomes)
}

fn judge_first(outcome: &Result<Outcome, Trouble>, again: Again) -> Result<(), String> {
    match (outcome, again) {
        (Err(Trouble::Unavailable(_)), _)
        | (Ok(Outcome::Done(_)), Again::Replayed | Again::Done | Again::Refused)
        | (Ok(Outcome::Replayed(_)), Again::Replayed)
        | (Ok(Outcome::Rejected(_) | Outcome::Done(_)), Again::Anew) => Ok(()),
        _ => Err(format!("the first answer is {outcome:?}")),
    }
}

fn judge_again(
    outcome: &Outcome,
    again: Again,
    is_first_answer: bool,
    earlier: Option<&store::Answer>,
) -> Result<(), String> {
    let is_right = match (again, outcome) {
        (Again::Replayed, Outcome::Replayed(answer)) => earlier.is_none_or(|earlier| earlier == answer),
        (Again::Refused, Outcome::Rejected(rejection)) => *rejection == Rejection::AlreadyAuthorized,
        (Again::Done | Again::Anew, Outcome::Done(_)) | (Again::Anew, Outcome::Rejected(_)) => true,
        (Again::Replayed | Again::Refused, Outcome::Done(_)) => is_first_answer,
        _ => false,
    };
    if is_right { Ok(()) } else { Err(format!("asked for again: {outcome:?}, after {earlier:?}")) }
}

/// The letters that went one way.
pub fn letters(steps: &[Step], direction: Direction) -> String {
    steps.iter().filter(|step| step.direction == direction).map(|step| step.tag).collect()
}
