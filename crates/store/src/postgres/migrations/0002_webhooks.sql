-- Webhooks: registrations, what they are sent, and what came of it.
--
-- Registrations are few and read by every transaction of their sales unit; a distributed database keeps a copy of them everywhere.
-- Times of deliveries are the sales unit's, those of attempts are the wall's, both milliseconds since 1970-01-01T00:00:00Z; claims live
-- by the database's own clock.

create table webhooks (
  id             bytea   not null primary key check (length(id) = 16),
  -- A sales unit's number or a partner's id.
  owner          text    collate "C" not null,
  url            text    not null,
  -- The names of the types of events, in the order registered.
  events         text    not null,
  sealed_secret  bytea   not null,
  created_at     bigint  not null,
  -- Where deliveries are fetched: until when somebody is known to.
  listens_until  bigint,
  failing_since  bigint,
  removed_at     bigint,
  removed_for    text    check (removed_for in ('deleted', 'failing', 'nobody_listens')),
  last_error     text,
  check ((removed_at is null) = (removed_for is null))
);

create index webhooks_of_owner on webhooks (owner, created_at, id);
-- Every payment asks for those that have not ended; of the others there may be many.
create index webhooks_told on webhooks (owner, created_at, id) where removed_at is null;

-- What is sent of an event, once for all who are told of it. Ids are in order of time.
create table announcements (
  msn   text   collate "C" not null,
  id    bytea  not null check (length(id) = 16),
  body  bytea  not null,
  primary key (msn, id)
);

create table deliveries (
  msn               text     collate "C" not null,
  -- In order of time.
  id                bytea    not null check (length(id) = 16),
  webhook           bytea    not null,
  owner             text     collate "C" not null,
  kind              text     not null check (kind in ('event', 'resend', 'test')),
  reference         text     collate "C" not null,
  -- The event's place in the payment's log; 0 where the delivery stands outside the order.
  sequence          bigint   not null check ((kind = 'event') = (sequence > 0)),
  event             text     not null,
  event_id          bytea    not null check (length(event_id) = 16),
  announcement      bytea    not null,
  state             text     not null default 'pending' check (state in ('pending', 'delivered', 'given_up', 'dropped')),
  attempts          bigint   not null default 0 check (attempts >= 0),
  first_attempt_at  bigint,
  last_status       integer,
  last_error        text,
  created_at        bigint   not null,
  next_attempt_at   bigint,
  -- Whose it is until then, and how often it has been somebody's.
  claimed_until     timestamptz,
  fence             bigint   not null default 0,
  primary key (msn, id),
  check ((state = 'pending') = (next_attempt_at is not null)),
  check (state <> 'delivered' or attempts > 0)
);

create index deliveries_waiting on deliveries (msn, webhook, next_attempt_at, id) where state = 'pending';
create index deliveries_in_order on deliveries (msn, reference, webhook, sequence);
-- Whatever is listed, forgotten or dropped is found by its registration.
create index deliveries_of_webhook on deliveries (webhook, state, id) include (msn);

create table delivery_attempts (
  msn              text     collate "C" not null,
  delivery         bytea    not null,
  number           bigint   not null check (number >= 1),
  owner            text     collate "C" not null,
  at               bigint   not null,
  took             bigint   not null check (took >= 0),
  ended_at         bigint   not null,
  status           integer,
  error            text,
  answer           bytea    not null check (length(answer) <= 1024),
  signature        text     not null,
  next_attempt_at  bigint,
  primary key (msn, delivery, number)
);

create index delivery_attempts_of_owner on delivery_attempts (owner, ended_at);
