-- Partners: key sets that act for the sales units connected to them, and keys that can be revoked.
--
-- A key set belongs to a sales unit or to a partner, so its key can no longer lead with the msn. A revoked key is null until it is made
-- anew; the generation counts revocations.

create table partners (
  partner     text    not null primary key
    check (length(partner) = 14 and partner glob 'partner-*' and substr(partner, 9) not glob '*[^0-9]*'),
  name        text    not null,
  created_at  integer not null
) strict, without rowid;

-- The msn alone is the key: a sales unit has one partner at most.
create table partner_connections (
  msn           text    not null primary key references sales_units (msn),
  partner       text    not null references partners (partner),
  connected_at  integer not null
) strict, without rowid;

create index partner_connections_of on partner_connections (partner);

create table holders_key_sets (
  id             blob    not null primary key check (length(id) = 16),
  msn            text    references sales_units (msn),
  partner        text    references partners (partner),
  client_id      text    not null unique,
  generation     integer not null check (generation between 0 and 4294967295),
  client_secret  blob    check (length(client_secret) = 32),
  primary_key    blob    unique check (length(primary_key) = 32),
  secondary_key  blob    unique check (length(secondary_key) = 32),
  created_at     integer not null,
  check ((msn is null) <> (partner is null))
) strict, without rowid;

insert into holders_key_sets (id, msn, partner, client_id, generation, client_secret, primary_key, secondary_key, created_at)
  select id, msn, null, client_id, 0, client_secret, primary_key, secondary_key, created_at from key_sets;

drop table key_sets;

alter table holders_key_sets rename to key_sets;
