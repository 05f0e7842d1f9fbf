-- The last attempt of a delivery stands in the delivery's own row, since most have one and no more; delivery_attempts holds those before
-- it, and all of those made before this migration.
--
-- A list that something has to be in is written out as alternatives: a list of more than two is made into a table of its own whenever a row
-- is written, which was a quarter of what recording an attempt costs. What an attempt or a delivery refers to is not looked up again for
-- each row; `kasse verify` finds whatever belongs to nobody. No row is touched by either: a table's text is all that changes.

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

update sqlite_schema set sql = replace(replace(replace(sql,
    'check (kind in (''event'', ''resend'', ''test''))',
    'check (kind = ''event'' or kind = ''resend'' or kind = ''test'')'),
    'check (state in (''pending'', ''delivered'', ''given_up'', ''dropped''))',
    'check (state = ''pending'' or state = ''delivered'' or state = ''given_up'' or state = ''dropped'')'),
    'not null references webhooks (id)',
    'not null')
  where name = 'deliveries';

update sqlite_schema set sql = replace(sql,
    ',
  foreign key (msn, delivery) references deliveries (msn, id)',
    '')
  where name = 'delivery_attempts';

pragma writable_schema = reset;

alter table deliveries add column attempt_number integer;
alter table deliveries add column attempt_at integer;
alter table deliveries add column attempt_took integer check (attempt_took >= 0);
alter table deliveries add column attempt_ended_at integer;
alter table deliveries add column attempt_status integer;
alter table deliveries add column attempt_error text;
alter table deliveries add column attempt_answer blob check (length(attempt_answer) <= 1024);
alter table deliveries add column attempt_signature text;
alter table deliveries add column attempt_next_at integer;

create index deliveries_last_attempt on deliveries (owner, attempt_ended_at) where attempt_number is not null;
