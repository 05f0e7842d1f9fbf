//! What can be wrong with images, categories and receipts, as statements that every keeper understands.
//!
//! Each asks for rows that should not be there: a sales unit, an order, an image or a file, and a word.

/// The statements, each with what its rows have in common.
pub(crate) const CONTRADICTIONS: &[(&str, &str)] = &[
    (
        "select i.msn, i.image_id, 'named' from order_images as i
         where not exists (select 1 from order_pictures as p where p.msn = i.msn and p.digest = i.digest)",
        "picture is not there",
    ),
    (
        "select p.msn, p.media_type, 'kept' from order_pictures as p
         where not exists (select 1 from order_images as i where i.msn = p.msn and i.digest = p.digest)",
        "picture belongs to no image",
    ),
    (
        "select c.msn, c.order_id, c.kind from order_categories as c where c.image_id is not null
         and not exists (select 1 from order_images as i where i.msn = c.msn and i.image_id = c.image_id)",
        "category shows an image that is not there",
    ),
    (
        "select c.msn, c.order_id, c.kind from order_categories as c
         where not exists (select 1 from sales_units as s where s.msn = c.msn)",
        "category belongs to no sales unit",
    ),
    (
        "select r.msn, r.order_id, r.payment_type from order_receipts as r
         where not exists (select 1 from sales_units as s where s.msn = r.msn)",
        "receipt belongs to no sales unit",
    ),
];
