//! What is shown with orders: images, categories and receipts of a sales unit.
//!
//! None of them needs a payment. An image's bytes are kept once for each sales unit, however many of its images have them.

use std::sync::Arc;

use bytes::Bytes;
use domain::{
    order::{
        Category, CategoryId, Obstacle, OrderName, Receipt, ReceiptId,
        image::{Picture, UploadId},
    },
    text::ImageId,
    time::Timestamp,
};

/// An image.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Image {
    /// The merchant's name for it.
    pub id: ImageId,
    /// Which upload brought it.
    pub upload: UploadId,
    /// What its header says.
    pub picture: Picture,
    /// The file, up to the end of the picture.
    pub bytes: Bytes,
    /// When it was added.
    pub added_at: Timestamp,
}

/// The receipt of an order.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OrderReceipt {
    /// Of which order.
    pub order: OrderName,
    /// Its id.
    pub id: ReceiptId,
    /// What it says.
    pub receipt: Receipt,
    /// When it was added.
    pub added_at: Timestamp,
}

/// What is shown with an order.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Order {
    /// The newest of its categories.
    pub category: Option<Category>,
    /// Its receipt.
    pub receipt: Option<OrderReceipt>,
}

/// What a change is about: what is there of that is loaded, and nobody else changes it until the change is made.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum OrderSubject {
    /// The image of this id.
    Image(ImageId),
    /// The receipt of this order.
    Receipt(OrderName),
    /// The categories of this order, one of which may show an image.
    Categories(OrderName, Option<ImageId>),
    /// The category of this id.
    Category(CategoryId),
}

/// What is there of the subject; of anything else nothing is said.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct OrderStanding {
    /// Which upload brought the image, if it is there.
    pub image: Option<UploadId>,
    /// The receipt, if there is one.
    pub receipt: Option<ReceiptId>,
    /// The categories, the oldest first.
    pub categories: Vec<CategoryId>,
}

/// A pure function from what is there to what shall become of it; `None` leaves things as they are.
pub type OrderDecision = Box<dyn Fn(&OrderStanding) -> Result<Option<OrderChange>, Obstacle> + Send + Sync>;

/// What becomes of what is shown with an order.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum OrderChange {
    /// There is one more image.
    AddImage(Image),
    /// The order has a receipt from now on.
    AddReceipt(Arc<OrderReceipt>),
    /// The order has one more category, the newest.
    AddCategory(Category),
    /// The order has this category and no other any more.
    SetCategory(Category),
    /// There is no such category any more.
    RemoveCategory(CategoryId),
}
