-- What is shown with orders: images, categories and receipts, whether or not there is a payment of the order's name.
--
-- Times are the sales unit's, milliseconds since 1970-01-01T00:00:00Z.

-- Files, once for each sales unit, by the SHA-256 of their bytes.
create table order_pictures (
  msn         text    collate "C" not null references sales_units (msn),
  digest      bytea   not null check (length(digest) = 32),
  media_type  text    not null check (media_type in ('image/png', 'image/jpeg')),
  width       integer not null check (width between 1 and 4096),
  height      integer not null check (height between 1 and 4096),
  bytes       bytea   not null check (length(bytes) between 1 and 2097152),
  primary key (msn, digest)
);

-- They are compressed already.
alter table order_pictures alter column bytes set storage external;

create table order_images (
  msn       text    collate "C" not null,
  image_id  text    collate "C" not null check (length(image_id) between 1 and 128),
  -- Which upload brought it.
  upload    bytea   not null check (length(upload) = 16),
  digest    bytea   not null,
  added_at  bigint  not null,
  primary key (msn, image_id),
  foreign key (msn, digest) references order_pictures (msn, digest)
);

create index order_images_of_picture on order_images (msn, digest);

create table order_categories (
  msn           text    collate "C" not null references sales_units (msn),
  order_id      text    collate "C" not null check (length(order_id) between 1 and 128),
  -- In order of arrival, among all orders of this id.
  position      bigint  not null check (position >= 1),
  payment_type  text    collate "C" not null check (payment_type in ('ECOM', 'RECURRING')),
  id            bytea   not null check (length(id) = 16),
  kind          text    not null
    check (kind in ('GENERAL', 'RECEIPT', 'ORDER_CONFIRMATION', 'DELIVERY', 'TICKET', 'BOOKING')),
  url           text    not null check (length(url) between 1 and 2500),
  image_id      text    collate "C",
  added_at      bigint  not null,
  primary key (msn, order_id, position),
  unique (msn, id),
  foreign key (msn, image_id) references order_images (msn, image_id)
);

create table order_receipts (
  msn           text    collate "C" not null references sales_units (msn),
  order_id      text    collate "C" not null check (length(order_id) between 1 and 128),
  payment_type  text    collate "C" not null check (payment_type in ('ECOM', 'RECURRING')),
  id            bytea   not null check (length(id) = 16),
  receipt       text    not null,
  added_at      bigint  not null,
  primary key (msn, order_id, payment_type)
);

-- The receipts of payments that were created before there was a place for them.
insert into order_receipts (msn, order_id, payment_type, id, receipt, added_at)
  select msn, reference, 'ECOM', psp_reference, terms::json ->> 'receipt', created_at from payments
  where terms::json ->> 'receipt' is not null;
