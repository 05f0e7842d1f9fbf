-- Webhooks: registrations, what they are sent, and what came of it.
--
-- Times of deliveries are the sales unit's, those of attempts are the wall's, both milliseconds since 1970-01-01T00:00:00Z.

create table webhooks (
  id             blob    not null primary key check (length(id) = 16),
  -- A sales unit's number or a partner's id.
  owner          text    not null,
  url            text    not null,
  -- The names of the types of events, in the order registered.
  events         text    not null,
  sealed_secret  blob    not null,
  created_at     integer not null,
  -- Where deliveries are fetched: until when somebody is known to.
  listens_until  integer,
  failing_since  integer,
  removed_at     integer,
  removed_for    text    check (removed_for in ('deleted', 'failing', 'nobody_listens')),
  last_error     text,
  check ((removed_at is null) = (removed_for is null))
) strict, without rowid;

create index webhooks_of_owner on webhooks (owner, created_at, id);
-- Every payment asks for those that have not ended; of the others there may be many.
create index webhooks_told on webhooks (owner, created_at, id) where removed_at is null;

-- What is sent of an event, once for all who are told of it. Ids are in order of time.
create table announcements (
  msn   text not null,
  id    blob not null check (length(id) = 16),
  body  blob not null,
  primary key (msn, id)
) strict, without rowid;

create table deliveries (
  msn               text    not null,
  -- In order of time.
  id                blob    not null check (length(id) = 16),
  webhook           blob    not null references webhooks (id),
  owner             text    not null,
  kind              text    not null check (kind in ('event', 'resend', 'test')),
  reference         text    not null,
  -- The event's place in the payment's log; 0 where the delivery stands outside the order.
  sequence          integer not null check ((kind = 'event') = (sequence > 0)),
  event             text    not null,
  event_id          blob    not null check (length(event_id) = 16),
  -- Of the same sales unit. No foreign key: what nothing refers to any more is found by the payment, which a key cannot do.
  announcement      blob    not null,
  state             text    not null default 'pending' check (state in ('pending', 'delivered', 'given_up', 'dropped')),
  attempts          integer not null default 0 check (attempts >= 0),
  first_attempt_at  integer,
  last_status       integer,
  last_error        text,
  created_at        integer not null,
  next_attempt_at   integer,
  primary key (msn, id),
  check ((state = 'pending') = (next_attempt_at is not null)),
  check (state <> 'delivered' or attempts > 0)
) strict, without rowid;

create index deliveries_waiting on deliveries (msn, webhook, next_attempt_at, id) where state = 'pending';
create index deliveries_in_order on deliveries (msn, reference, webhook, sequence);
-- Whatever is listed, forgotten or dropped is found by its registration, and one that ended goes only once nothing is left of it.
create index deliveries_of_webhook on deliveries (webhook, state, id);

create table delivery_attempts (
  msn              text    not null,
  delivery         blob    not null,
  number           integer not null check (number >= 1),
  owner            text    not null,
  at               integer not null,
  took             integer not null check (took >= 0),
  ended_at         integer not null,
  status           integer,
  error            text,
  answer           blob    not null check (length(answer) <= 1024),
  signature        text    not null,
  next_attempt_at  integer,
  primary key (msn, delivery, number),
  foreign key (msn, delivery) references deliveries (msn, id)
) strict, without rowid;

create index delivery_attempts_of_owner on delivery_attempts (owner, ended_at);
