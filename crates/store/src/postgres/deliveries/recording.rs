//! Recording attempts: a statement a sales unit for all of them, however many there are.
//!
//! What an attempt leaves behind is written only where the claim it was made under still holds. Rows are touched in the order of their
//! keys, so that no two who record wait for each other.

use std::collections::HashSet;

use deadpool_postgres::Client;
use domain::time::Timestamp;
use futures_util::future::try_join_all;
use tokio_postgres::{Row, types::ToSql};

use crate::{
    Attempt, DeliveryState,
    postgres::{fault::Fault, rows},
};

/// Each delivery is read and held by its whole key, in the order of the keys, whatever the server makes of joins; it is put back under the
/// same key, so that nothing is ever inserted. The attempt before this one makes room in the delivery's row.
const RECORD: &str = "with held as (
       select d.msn, d.id, d.webhook, d.owner, d.kind, d.reference, d.sequence, d.event, d.event_id, d.announcement, d.created_at, d.fence,
         d.attempt_number, d.attempt_at, d.attempt_took, d.attempt_ended_at, d.attempt_status, d.attempt_error, d.attempt_answer,
         d.attempt_signature, d.attempt_next_at, tried.*
       from unnest($2::bytea[], $3::bigint[], $4::text[], $5::bigint[], $6::bigint[], $7::integer[], $8::text[], $9::bigint[],
           $10::bigint[], $11::bigint[], $12::bigint[], $13::bytea[], $14::text[])
         as tried (tried_id, tried_fence, state, number, first_attempt_at, status, error, next_at, at, took, ended_at, answer, signature)
       cross join lateral (
         select * from deliveries
         where msn = $1 and id = tried_id and fence = tried_fence and state = 'pending' and attempts = number - 1 for update) as d),
     put_aside as (
       insert into delivery_attempts
         (msn, delivery, number, owner, at, took, ended_at, status, error, answer, signature, next_attempt_at)
       select msn, id, attempt_number, owner, attempt_at, attempt_took, attempt_ended_at, attempt_status, attempt_error, attempt_answer,
         attempt_signature, attempt_next_at
       from held where attempt_number is not null)
     insert into deliveries as d
       (msn, id, webhook, owner, kind, reference, sequence, event, event_id, announcement, created_at, fence, state, attempts,
       first_attempt_at, last_status, last_error, next_attempt_at, attempt_number, attempt_at, attempt_took, attempt_ended_at,
       attempt_status, attempt_error, attempt_answer, attempt_signature, attempt_next_at)
     select msn, id, webhook, owner, kind, reference, sequence, event, event_id, announcement, created_at, fence, state, number,
       first_attempt_at, status, error, next_at, number, at, took, ended_at, status, error, answer, signature, next_at
     from held
     on conflict (msn, id) do update set state = excluded.state, attempts = excluded.attempts,
       first_attempt_at = excluded.first_attempt_at, last_status = excluded.last_status, last_error = excluded.last_error,
       next_attempt_at = excluded.next_attempt_at, claimed_until = null, attempt_number = excluded.attempt_number,
       attempt_at = excluded.attempt_at, attempt_took = excluded.attempt_took, attempt_ended_at = excluded.attempt_ended_at,
       attempt_status = excluded.attempt_status, attempt_error = excluded.attempt_error, attempt_answer = excluded.attempt_answer,
       attempt_signature = excluded.attempt_signature, attempt_next_at = excluded.attempt_next_at
     returning d.id, d.fence";

/// Answers those whose claim still held. They come sorted by their keys.
pub(super) async fn record_each<'a>(client: &Client, attempts: &[&'a Attempt]) -> Result<Vec<&'a Attempt>, Fault> {
    let units = attempts.chunk_by(|one, other| one.recipient.lane.msn == other.recipient.lane.msn);
    let recorded = try_join_all(units.map(|attempts| record_of_unit(client, attempts))).await?;
    Ok(recorded.into_iter().flatten().collect())
}

async fn record_of_unit<'a>(client: &Client, attempts: &[&'a Attempt]) -> Result<Vec<&'a Attempt>, Fault> {
    let Some(first) = attempts.first() else { return Ok(Vec::new()) };
    let statement = client.prepare_cached(RECORD).await?;
    let columns = Columns::of(attempts);
    let found = client.query(&statement, &columns.parameters(&first.recipient.lane.msn.as_str())).await?;
    // By the claim too: the same delivery may have been attempted under a later one.
    let claim = |row: &Row| Ok::<([u8; 16], i64), Fault>((rows::bytes(row, 0)?, rows::get(row, 1)?));
    let recorded = found.iter().map(claim).collect::<Result<HashSet<_>, _>>()?;
    Ok(attempts.iter().copied().filter(|attempt| recorded.contains(&(attempt.delivery.0, attempt.fence))).collect())
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
