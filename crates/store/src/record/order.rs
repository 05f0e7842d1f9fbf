//! The columns of what is shown with orders, which every keeper has.

use bytes::Bytes;
use domain::{
    order::{
        Category, CategoryId, CategoryKind, LinkUrl, OrderName, PaymentType, ReceiptId,
        image::{MediaType, Picture, UploadId, judge},
    },
    text::{ImageId, OrderId},
    time::Timestamp,
};
use ring::digest::{SHA256, digest};

use super::{Unreadable, odd, receipt::read_receipt};
use crate::{Image, OrderReceipt};

/// The name by which a file's bytes are found.
pub(crate) fn digest_of(bytes: &[u8]) -> [u8; 32] {
    let mut name = [0; 32];
    for (to, from) in name.iter_mut().zip(digest(&SHA256, bytes).as_ref()) {
        *to = *from;
    }
    name
}

/// The row of an image, with that of its file.
pub(crate) struct ImageColumns<'a> {
    pub(crate) image_id: &'a str,
    pub(crate) upload: [u8; 16],
    pub(crate) added_at: i64,
    pub(crate) file: FileColumns<'a>,
}

/// The row of a file.
pub(crate) struct FileColumns<'a> {
    pub(crate) media_type: &'a str,
    pub(crate) width: i64,
    pub(crate) height: i64,
    pub(crate) bytes: &'a [u8],
}

impl ImageColumns<'_> {
    pub(crate) fn read(&self) -> Result<Image, Unreadable> {
        Ok(Image {
            id: ImageId::parse(self.image_id).map_err(|_| odd("the id of an image"))?,
            upload: UploadId(self.upload),
            picture: self.file.picture()?,
            bytes: Bytes::copy_from_slice(self.file.bytes),
            added_at: Timestamp::from_milliseconds(self.added_at),
        })
    }
}

impl FileColumns<'_> {
    fn picture(&self) -> Result<Picture, Unreadable> {
        let side = |side: i64| u32::try_from(side).map_err(|_| odd("a side of a picture"));
        Ok(Picture {
            media_type: MediaType::from_name(self.media_type).ok_or_else(|| odd("the kind of a picture"))?,
            width: side(self.width)?,
            height: side(self.height)?,
        })
    }

    /// Whether the file is what it is found by, and what is said of it.
    pub(crate) fn examine(&self, digest: &[u8]) -> Result<(), Unreadable> {
        let stored = (self.picture()?, self.bytes.len());
        let is_right = judge(self.bytes, 0) == Ok(stored) && digest_of(self.bytes) == digest;
        if is_right { Ok(()) } else { Err(odd("the file of a picture")) }
    }
}

/// The row of a category.
pub(crate) struct CategoryColumns<'a> {
    pub(crate) id: [u8; 16],
    pub(crate) payment_type: &'a str,
    pub(crate) order_id: &'a str,
    pub(crate) kind: &'a str,
    pub(crate) url: &'a str,
    pub(crate) image_id: Option<&'a str>,
    pub(crate) added_at: i64,
}

impl CategoryColumns<'_> {
    pub(crate) fn read(&self) -> Result<Category, Unreadable> {
        let image = self.image_id.map(|id| ImageId::parse(id).map_err(|_| odd("the id of an image")));
        Ok(Category {
            id: CategoryId(self.id),
            order: order_name(self.payment_type, self.order_id)?,
            kind: CategoryKind::from_name(self.kind).ok_or_else(|| odd("the kind of a category"))?,
            // What was allowed when it was written stays readable, whatever is allowed now.
            url: LinkUrl::parse(self.url, true).map_err(|_| odd("the address of a category"))?,
            image: image.transpose()?,
            added_at: Timestamp::from_milliseconds(self.added_at),
        })
    }
}

/// The row of a receipt.
pub(crate) struct ReceiptColumns<'a> {
    pub(crate) payment_type: &'a str,
    pub(crate) order_id: &'a str,
    pub(crate) id: [u8; 16],
    pub(crate) receipt: &'a str,
    pub(crate) added_at: i64,
}

impl ReceiptColumns<'_> {
    pub(crate) fn read(&self) -> Result<OrderReceipt, Unreadable> {
        Ok(OrderReceipt {
            order: order_name(self.payment_type, self.order_id)?,
            id: ReceiptId(self.id),
            receipt: read_receipt(self.receipt)?,
            added_at: Timestamp::from_milliseconds(self.added_at),
        })
    }
}

fn order_name(payment_type: &str, id: &str) -> Result<OrderName, Unreadable> {
    Ok(OrderName {
        payment_type: PaymentType::from_name(payment_type).ok_or_else(|| odd("a type of payment"))?,
        id: OrderId::parse(id).map_err(|_| odd("the id of an order"))?,
    })
}
