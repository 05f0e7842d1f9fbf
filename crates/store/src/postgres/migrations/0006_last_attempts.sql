-- The last attempt of a delivery stands in the delivery's own row, since most have one and no more; delivery_attempts holds those before
-- it, and all of those made before this migration. What is there has none of these columns and is not read for their checks.

alter table deliveries
  add column attempt_number     bigint,
  add column attempt_at         bigint,
  add column attempt_took       bigint,
  add column attempt_ended_at   bigint,
  add column attempt_status     integer,
  add column attempt_error      text,
  add column attempt_answer     bytea,
  add column attempt_signature  text,
  add column attempt_next_at    bigint,
  add check (attempt_took >= 0) not valid,
  add check (length(attempt_answer) <= 1024) not valid;

create index deliveries_last_attempt on deliveries (owner, attempt_ended_at) where attempt_number is not null;
