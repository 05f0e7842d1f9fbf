-- The last attempt of a delivery stands in the delivery's own row, since most have one and no more; delivery_attempts holds those before
-- it, and all of those made before this migration.
--
-- A list that something has to be in is written out as alternatives: a list of more than two is made into a table of its own whenever a row
-- is written, which was a quarter of what recording an attempt costs. What an attempt or a delivery refers to is not looked up again for
-- each row; `kasse verify` finds whatever belongs to nobody. No row is touched or read: columns at the end of a table that are
-- nowhere yet, checks and references are a table's text and nothing else. (To add a column by its statement SQLite reads all of such a table.)

pragma writable_schema = on;

update sqlite_schema set sql = replace(replace(sql,
    'check (currency in (''NOK'', ''DKK'', ''EUR'', ''SEK'', ''USD'', ''GBP''))',
    'check (currency = ''NOK'' or currency = ''DKK'' or currency = ''EUR'' or currency = ''SEK'' or currency = ''USD'' or currency = ''GBP'')'),
    'check (state in (''CREATED'', ''ABORTED'', ''EXPIRED'', ''TERMINATED'', ''AUTHORIZED''))',
    'check (state = ''CREATED'' or state = ''ABORTED'' or state = ''EXPIRED'' or state = ''TERMINATED'' or state = ''AUTHORIZED'')')
  where name = 'payments';

update sqlite_schema set sql = replace(sql,
    'check (name in
    (''CREATED'', ''AUTHORIZED'', ''CAPTURED'', ''REFUNDED'', ''CANCELLED'', ''ABORTED'', ''EXPIRED'', ''TERMINATED''))',
    'check (name = ''CREATED'' or name = ''AUTHORIZED'' or name = ''CAPTURED'' or name = ''REFUNDED'' or name = ''CANCELLED''
      or name = ''ABORTED'' or name = ''EXPIRED'' or name = ''TERMINATED'')')
  where name = 'events';

update sqlite_schema set sql = replace(sql,
    'check (operation in (''create'', ''capture'', ''refund'', ''cancel''))',
    'check (operation = ''create'' or operation = ''capture'' or operation = ''refund'' or operation = ''cancel'')')
  where name = 'kept_answers';

update sqlite_schema set sql = replace(replace(replace(replace(sql,
    'check (kind in (''event'', ''resend'', ''test''))',
    'check (kind = ''event'' or kind = ''resend'' or kind = ''test'')'),
    'check (state in (''pending'', ''delivered'', ''given_up'', ''dropped''))',
    'check (state = ''pending'' or state = ''delivered'' or state = ''given_up'' or state = ''dropped'')'),
    'not null references webhooks (id)',
    'not null'),
    '  next_attempt_at   integer,
',
    '  next_attempt_at   integer,
  -- The last attempt, as delivery_attempts has those before it.
  attempt_number     integer,
  attempt_at         integer,
  attempt_took       integer check (attempt_took >= 0),
  attempt_ended_at   integer,
  attempt_status     integer,
  attempt_error      text,
  attempt_answer     blob check (length(attempt_answer) <= 1024),
  attempt_signature  text,
  attempt_next_at    integer,
')
  where name = 'deliveries';

update sqlite_schema set sql = replace(sql,
    ',
  foreign key (msn, delivery) references deliveries (msn, id)',
    '')
  where name = 'delivery_attempts';

pragma writable_schema = reset;

create index deliveries_last_attempt on deliveries (owner, attempt_ended_at) where attempt_number is not null;
