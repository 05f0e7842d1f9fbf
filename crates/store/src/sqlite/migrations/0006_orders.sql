-- What is shown with orders: images, categories and receipts, whether or not there is a payment of the order's name.
--
-- Times are the sales unit's, milliseconds since 1970-01-01T00:00:00Z.

-- Files, once for each sales unit, by the SHA-256 of their bytes.
create table order_pictures (
  picture     integer primary key,
  msn         text    not null references sales_units (msn),
  digest      blob    not null check (length(digest) = 32),
  media_type  text    not null check (media_type in ('image/png', 'image/jpeg')),
  width       integer not null check (width between 1 and 4096),
  height      integer not null check (height between 1 and 4096),
  bytes       blob    not null check (length(bytes) between 1 and 2097152),
  unique (msn, digest)
) strict;

create table order_images (
  msn       text    not null,
  image_id  text    not null check (length(image_id) between 1 and 128),
  -- Which upload brought it.
  upload    blob    not null check (length(upload) = 16),
  digest    blob    not null,
  added_at  integer not null,
  primary key (msn, image_id),
  foreign key (msn, digest) references order_pictures (msn, digest)
) strict, without rowid;

create index order_images_of_picture on order_images (msn, digest);

create table order_categories (
  msn           text    not null references sales_units (msn),
  order_id      text    not null check (length(order_id) between 1 and 128),
  -- In order of arrival, among all orders of this id.
  position      integer not null check (position >= 1),
  payment_type  text    not null check (payment_type in ('ECOM', 'RECURRING')),
  id            blob    not null check (length(id) = 16),
  kind          text    not null
    check (kind in ('GENERAL', 'RECEIPT', 'ORDER_CONFIRMATION', 'DELIVERY', 'TICKET', 'BOOKING')),
  url           text    not null check (length(url) between 1 and 2500),
  image_id      text,
  added_at      integer not null,
  primary key (msn, order_id, position),
  unique (msn, id),
  foreign key (msn, image_id) references order_images (msn, image_id)
) strict, without rowid;

create table order_receipts (
  msn           text    not null references sales_units (msn),
  order_id      text    not null check (length(order_id) between 1 and 128),
  payment_type  text    not null check (payment_type in ('ECOM', 'RECURRING')),
  id            blob    not null check (length(id) = 16),
  receipt       text    not null,
  added_at      integer not null,
  primary key (msn, order_id, payment_type)
) strict;

-- The receipts of payments that were created before there was a place for them.
insert into order_receipts (msn, order_id, payment_type, id, receipt, added_at)
  select msn, reference, 'ECOM', psp_reference, json_extract(terms, '$.receipt'), created_at from payments
  where json_extract(terms, '$.receipt') is not null;
