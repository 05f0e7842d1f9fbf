//! The statements of the write path, each for many payments of one sales unit at once. They are prepared once on every connection.
//!
//! Each names its one sales unit first, so that a distributed database knows where to go. Rows are touched in the order of their keys,
//! table after table in the order written here, by every node alike: so no two transactions wait for each other. (One that sets an
//! unreadable payment aside does that first; should it ever be waited for in a circle, the brief wait of a group ends it.)
//!
//! Each is written so that there is one way to carry it out, by the whole key of every row. What a server makes of a join depends on what
//! it has counted; of tables that were just made it has counted nothing, and then reads all of a sales unit, again and again.

/// Every payment named, locked, in the order in which they are named. A transaction that waited for the lock sees what the one before it
/// left. Where there is no payment its place is empty, and where none is named there is one empty place. Each row ends with who is at work
/// here, so that it can be known whether it still is once the connection is lost.
pub(super) const LOCK_PAYMENTS: &str =
    "select p.*, pg_backend_pid() from (values (true)) as always left join unnest($2::text[]) as wanted (reference) on true
     left join lateral (
       select reference, quarantined, psp_reference, currency, amount, terms, created_at, expires_at, state, authorized, captured,
         refunded, cancelled, \"authorization\", authorized_at, last_sequence, last_event_at, due_at, msn
       from payments where msn = $1 and reference = wanted.reference for update) as p on true";

/// The column of [`LOCK_PAYMENTS`] that says who is at work.
pub(super) const LOCKED_BY: usize = 19;

/// The answers kept under these keys. It has to come after the lock: what was written before the lock was let go is then seen.
pub(super) const KEPT_ANSWERS: &str =
    "select k.* from unnest($2::text[], $3::text[], $4::text[]) as wanted (operation, reference, idempotency_key)
     cross join lateral (
       select operation, reference, idempotency_key, fingerprint, status, body from kept_answers
       where msn = $1 and operation = wanted.operation and reference = wanted.reference
         and idempotency_key = wanted.idempotency_key offset 0) as k";

/// Who is at work here, where no payment is locked.
pub(super) const BACKEND: &str = "select pg_backend_pid()";

pub(super) const KEEP: &str =
    "insert into kept_answers (msn, operation, reference, idempotency_key, fingerprint, status, body, created_at)
     select $1, * from unnest($2::text[], $3::text[], $4::text[], $5::bytea[], $6::integer[], $7::bytea[], $8::bigint[])";

pub(super) const INSERT_PAYMENTS: &str =
    "insert into payments (msn, reference, psp_reference, currency, amount, terms, created_at, expires_at, state, authorized, captured,
       refunded, cancelled, \"authorization\", authorized_at, payer_sub, due_at, last_sequence, last_event_at, quarantined)
     select $1, * from unnest($2::text[], $3::bytea[], $4::text[], $5::bigint[], $6::text[], $7::bigint[], $8::bigint[],
       $9::text[], $10::bigint[], $11::bigint[], $12::bigint[], $13::bigint[], $14::text[], $15::bigint[], $16::bytea[], $17::bigint[],
       $18::bigint[], $19::bigint[], $20::boolean[])";

/// Of payments that are there and locked: all their rows are found, so that nothing is ever inserted.
pub(super) const UPDATE_PAYMENTS: &str =
    "insert into payments (msn, reference, psp_reference, currency, amount, terms, created_at, expires_at, state, authorized, captured,
       refunded, cancelled, \"authorization\", authorized_at, payer_sub, due_at, last_sequence, last_event_at, quarantined)
     select $1, * from unnest($2::text[], $3::bytea[], $4::text[], $5::bigint[], $6::text[], $7::bigint[], $8::bigint[],
       $9::text[], $10::bigint[], $11::bigint[], $12::bigint[], $13::bigint[], $14::text[], $15::bigint[], $16::bytea[], $17::bigint[],
       $18::bigint[], $19::bigint[], $20::boolean[])
     on conflict (msn, reference) do update set state = excluded.state, authorized = excluded.authorized, captured = excluded.captured,
       refunded = excluded.refunded, cancelled = excluded.cancelled, \"authorization\" = excluded.\"authorization\",
       authorized_at = excluded.authorized_at, payer_sub = excluded.payer_sub, due_at = excluded.due_at,
       last_sequence = excluded.last_sequence, last_event_at = excluded.last_event_at, quarantined = excluded.quarantined";

pub(super) const INSERT_EVENTS: &str =
    "insert into events (msn, reference, sequence, name, currency, amount, at, psp_reference, idempotency_key, detail, success)
     select $1, * from unnest($2::text[], $3::bigint[], $4::text[], $5::text[], $6::bigint[], $7::bigint[], $8::bytea[],
       $9::text[], $10::text[], $11::boolean[])";

pub(super) const INSERT_SHORT_LINKS: &str =
    "insert into short_links (msn, id, reference) select $1, * from unnest($2::bytea[], $3::text[])";

/// Requests as they are now. One that is there and has changed more often stays as it is.
pub(super) const PUT_REQUESTS: &str =
    "insert into requests (msn, reference, payer, asked_at, expires_at, next_at, version, detail)
     select $1, * from unnest($2::text[], $3::text[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[], $8::text[])
     on conflict (msn, reference) do update set payer = excluded.payer, asked_at = excluded.asked_at, next_at = excluded.next_at,
       version = excluded.version, detail = excluded.detail
     where excluded.version > requests.version";

/// A payer as it is now. One that is there and has changed as often stays as it is.
pub(super) const PUT_PAYER: &str = "insert into payers (number, version, detail) values ($1, $2, $3)
     on conflict (number) do update set version = excluded.version, detail = excluded.detail
     where excluded.version > payers.version";

/// A payment that can only be read from now on, whatever its row says.
pub(super) const QUARANTINE: &str =
    "update payments set quarantined = true, due_at = null where msn = $1 and reference = $2";

/// What is there already, written and committed.
pub(super) const WRITE_NOTHING_NEW: &str = "update instance set mode = mode";

/// The event a change ended with: whether it is there is whether the change was committed.
pub(super) const EVENT_IS_THERE: &str =
    "select 1 from events where msn = $1 and reference = $2 and sequence = $3 and psp_reference = $4";

pub(super) const INSERT_ANNOUNCEMENTS: &str =
    "insert into announcements (msn, id, body) select $1, * from unnest($2::bytea[], $3::bytea[])";

/// One that follows another which waits is not looked at before that is. What does not wait is not tried at any time.
pub(super) const INSERT_DELIVERIES: &str =
    "insert into deliveries (msn, id, webhook, owner, kind, reference, sequence, event, event_id, announcement, created_at,
       next_attempt_at)
     select $1, new.id, new.webhook, new.owner, 'event', new.reference, new.sequence, new.event, new.event_id, new.announcement,
       new.created_at, greatest(new.created_at, (
         select max(d.next_attempt_at) from deliveries as d where d.msn = $1 and d.reference = new.reference and d.webhook = new.webhook
           and d.sequence between 1 and new.sequence - 1))
     from unnest($2::bytea[], $3::bytea[], $4::text[], $5::text[], $6::bigint[], $7::text[], $8::bytea[], $9::bytea[], $10::bigint[])
       as new (id, webhook, owner, reference, sequence, event, event_id, announcement, created_at)";
