//! What can be wrong with registrations, deliveries and attempts, as statements that every keeper understands.
//!
//! Each asks for rows that should not be there: a sales unit, a payment or an owner, and a word. That an event has no delivery at all
//! cannot be seen in general: a registration may have been made after it or ended before it, and what ended long ago is forgotten.

/// The statements, each with what its rows have in common.
pub(crate) const CONTRADICTIONS: &[(&str, &str)] = &[
    (
        "select d.msn, d.reference, d.state from deliveries as d
         where not exists (select 1 from announcements as a where a.msn = d.msn and a.id = d.announcement)",
        "delivery has nothing that is sent",
    ),
    (
        "select d.msn, d.reference, d.state from deliveries as d
         where not exists (select 1 from webhooks as w where w.id = d.webhook and w.owner = d.owner)",
        "delivery is for no registration of its owner",
    ),
    (
        "select d.msn, d.reference, d.state from deliveries as d
         where d.attempts <> (select count(*) from delivery_attempts as a where a.msn = d.msn and a.delivery = d.id)
           + case when d.attempt_number is null then 0 else 1 end",
        "delivery was tried more or less often than the log says",
    ),
    (
        "select d.msn, d.reference, d.state from deliveries as d
         left join delivery_attempts as a on a.msn = d.msn and a.delivery = d.id and a.number = d.attempts
         where d.attempts > 0 and d.state <> 'dropped' and case when d.attempt_number = d.attempts
           then d.attempt_status is distinct from d.last_status or d.attempt_error is distinct from d.last_error
             or (d.state = 'pending') <> (d.attempt_next_at is not null)
           else a.number is null or a.status is distinct from d.last_status or a.error is distinct from d.last_error
             or (d.state = 'pending') <> (a.next_attempt_at is not null) end",
        "delivery is not what its last attempt left",
    ),
    (
        "select d.msn, d.reference, d.state from deliveries as d
         where d.state not in ('pending', 'delivered', 'given_up', 'dropped') or d.kind not in ('event', 'resend', 'test')
           or (d.state = 'pending') <> (d.next_attempt_at is not null) or (d.kind = 'event') <> (d.sequence > 0)
           or (d.state in ('delivered', 'given_up') and d.attempts = 0) or (d.attempts > 0) <> (d.first_attempt_at is not null)
           or (d.attempt_number is null) <> (d.attempt_at is null) or (d.attempt_number is null) <> (d.attempt_took is null)
           or (d.attempt_number is null) <> (d.attempt_ended_at is null) or (d.attempt_number is null) <> (d.attempt_answer is null)
           or (d.attempt_number is null) <> (d.attempt_signature is null)",
        "delivery contradicts itself",
    ),
    (
        "select d.msn, d.reference, d.state from deliveries as d where d.sequence > 0 and d.attempts > 0
         and exists (select 1 from deliveries as earlier where earlier.msn = d.msn and earlier.reference = d.reference
           and earlier.webhook = d.webhook and earlier.sequence between 1 and d.sequence - 1 and earlier.next_attempt_at is not null)",
        "delivery was tried before what comes before it",
    ),
    (
        "select a.msn, a.owner, 'logged' from delivery_attempts as a
         where not exists (select 1 from deliveries as d where d.msn = a.msn and d.id = a.delivery)",
        "attempt belongs to no delivery",
    ),
    (
        "select d.msn, d.reference, a.owner from delivery_attempts as a join deliveries as d on d.msn = a.msn and d.id = a.delivery
         where a.owner <> d.owner or a.number > d.attempts or a.number = d.attempt_number",
        "attempt is not one of its delivery's",
    ),
    (
        "select a.msn, a.msn, 'kept' from announcements as a where (a.msn, a.id) not in (select msn, announcement from deliveries)",
        "announcement is sent to nobody",
    ),
    (
        "select w.owner, w.url, 'own' from webhooks as w where (w.removed_at is null) <> (w.removed_for is null)
           or (w.owner not in (select msn from sales_units) and w.owner not in (select partner from partners))",
        "registration contradicts itself or belongs to nobody",
    ),
];
