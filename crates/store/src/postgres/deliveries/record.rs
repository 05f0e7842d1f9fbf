//! Recording attempts: a statement a sales unit for all of them, however many there are.
//!
//! What an attempt leaves behind is written only where the claim it was made under still holds. Rows are touched in the order of their keys,
//! so that no two who record wait for each other.

use std::collections::HashSet;

use deadpool_postgres::Client;
use domain::time::Timestamp;
use futures_util::future::try_join_all;
use tokio_postgres::types::ToSql;

use crate::{
    Attempt, DeliveryState,
    postgres::{fault::Fault, rows},
};

/// A server that has counted nothing of the tables yet would read all of a sales unit for a join: here it has one way to carry it out, by
/// the key of every row. It plans a statement once on a connection, so this costs next to nothing.
const BY_KEYS: &str =
    "set local enable_seqscan = off; set local enable_hashjoin = off; set local enable_mergejoin = off";

macro_rules! tried {
    () => {
        "tried as materialized (
       select * from unnest($2::bytea[], $3::bigint[], $4::text[], $5::bigint[], $6::bigint[], $7::integer[], $8::text[], $9::bigint[],
           $10::bigint[], $11::bigint[], $12::bigint[], $13::bytea[], $14::text[])
         as tried (id, fence, state, number, first_attempt_at, status, error, next_at, at, took, ended_at, answer, signature))"
    };
}

macro_rules! record {
    () => {
        "update deliveries as d set state = tried.state, attempts = tried.number, first_attempt_at = tried.first_attempt_at,
       last_status = tried.status, last_error = tried.error, next_attempt_at = tried.next_at, claimed_until = null,
       attempt_number = tried.number, attempt_at = tried.at, attempt_took = tried.took, attempt_ended_at = tried.ended_at,
       attempt_status = tried.status, attempt_error = tried.error, attempt_answer = tried.answer, attempt_signature = tried.signature,
       attempt_next_at = tried.next_at
     from tried
     where d.msn = $1 and d.id = tried.id and d.fence = tried.fence and d.state = 'pending' and d.attempts = tried.number - 1"
    };
}

/// Attempts that are the first of their deliveries.
const RECORD_FIRST: &str = concat!("with ", tried!(), " ", record!(), " returning d.id");

/// Any. The attempt before one makes room in the delivery's row; it has to be read before it is written over, so that it is asked for.
const RECORD_ANY: &str = concat!(
    "with ",
    tried!(),
    ",
     held as (
       select d.* from tried cross join lateral (
         select msn, id, attempt_number, owner, attempt_at, attempt_took, attempt_ended_at, attempt_status, attempt_error, attempt_answer,
           attempt_signature, attempt_next_at
         from deliveries
         where msn = $1 and id = tried.id and fence = tried.fence and state = 'pending' and attempts = tried.number - 1 for update) as d),
     put_aside as (
       insert into delivery_attempts
         (msn, delivery, number, owner, at, took, ended_at, status, error, answer, signature, next_attempt_at)
       select * from held where attempt_number is not null returning 1) ",
    record!(),
    " and (select count(*) from put_aside) >= 0 returning d.id"
);

/// Answers those whose claim still held. They come sorted by their keys.
pub(super) async fn record_each<'a>(client: &Client, attempts: &[&'a Attempt]) -> Result<Vec<&'a Attempt>, Fault> {
    client.batch_execute(BY_KEYS).await?;
    let units = attempts.chunk_by(|one, other| one.recipient.lane.msn == other.recipient.lane.msn);
    let recorded = try_join_all(units.map(|attempts| record_of_unit(client, attempts))).await?;
    Ok(recorded.into_iter().flatten().collect())
}

async fn record_of_unit<'a>(client: &Client, attempts: &[&'a Attempt]) -> Result<Vec<&'a Attempt>, Fault> {
    let Some(first) = attempts.first() else { return Ok(Vec::new()) };
    let are_first = attempts.iter().all(|attempt| attempt.logged.number == 1);
    let statement = client.prepare_cached(if are_first { RECORD_FIRST } else { RECORD_ANY }).await?;
    let columns = Columns::of(attempts);
    let found = client.query(&statement, &columns.parameters(&first.recipient.lane.msn.as_str())).await?;
    let recorded = found.iter().map(|row| rows::bytes(row, 0)).collect::<Result<HashSet<[u8; 16]>, _>>()?;
    Ok(attempts.iter().copied().filter(|attempt| recorded.contains(&attempt.delivery.0)).collect())
}

/// Attempts, an array a column.
#[derive(Default)]
struct Columns<'a> {
    id: Vec<&'a [u8]>,
    fence: Vec<i64>,
    state: Vec<&'static str>,
    number: Vec<i64>,
    first_attempt_at: Vec<i64>,
    status: Vec<Option<i32>>,
    error: Vec<Option<&'a str>>,
    next_at: Vec<Option<i64>>,
    at: Vec<i64>,
    took: Vec<i64>,
    ended_at: Vec<i64>,
    answer: Vec<&'a [u8]>,
    signature: Vec<&'a str>,
}

impl<'a> Columns<'a> {
    fn of(attempts: &[&'a Attempt]) -> Self {
        let mut columns = Self::default();
        for Attempt { delivery, fence, logged, first_attempt_at, next, .. } in attempts.iter().copied() {
            columns.id.push(&delivery.0);
            columns.fence.push(*fence);
            columns.state.push(DeliveryState::after(*next).name());
            columns.number.push(logged.number.into());
            columns.first_attempt_at.push(first_attempt_at.milliseconds());
            columns.status.push(logged.status.map(i32::from));
            columns.error.push(logged.error.as_deref());
            columns.next_at.push(logged.next_attempt_at.map(Timestamp::milliseconds));
            columns.at.push(logged.at.milliseconds());
            columns.took.push(logged.took.as_milliseconds());
            columns.ended_at.push(logged.at.plus(logged.took).milliseconds());
            columns.answer.push(&logged.answer);
            columns.signature.push(&logged.signature);
        }
        columns
    }

    fn parameters<'p>(&'p self, msn: &'p &'p str) -> [&'p (dyn ToSql + Sync); 14] {
        let Self {
            id,
            fence,
            state,
            number,
            first_attempt_at,
            status,
            error,
            next_at,
            at,
            took,
            ended_at,
            answer,
            signature,
        } = self;
        [msn, id, fence, state, number, first_attempt_at, status, error, next_at, at, took, ended_at, answer, signature]
    }
}
