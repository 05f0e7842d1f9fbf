//! What is shown with orders, in few words.

use std::sync::Arc;

use bytes::Bytes;
use domain::{
    money::{Currency, MinorUnits},
    order::{
        BottomLine, Category, CategoryId, CategoryKind, DeprecatedSums, Line, LinkUrl, Obstacle, OrderName,
        PaymentType, Quantity, QuantityUnit, Receipt, ReceiptId, Unit,
        image::{MediaType, Picture, UploadId, judge},
        write_once,
    },
    text::{ImageId, OrderId},
    time::Span,
};
use store::{
    Image, Intent, OrderChange, OrderReceipt, OrderStanding, OrderSubject, Outcome, PaymentChange, Store, Trouble, Work,
};

use crate::work::{START, msn};

pub fn order(payment_type: PaymentType, id: &str) -> OrderName {
    OrderName { payment_type, id: OrderId::parse(id).unwrap() }
}

pub fn ecom(id: &str) -> OrderName {
    order(PaymentType::Ecom, id)
}

pub fn image_id(id: &str) -> ImageId {
    ImageId::parse(id).unwrap()
}

fn id(number: u8) -> [u8; 16] {
    [number; 16]
}

/// A receipt of so many minor units, with something in every kind of field.
pub fn receipt(name: OrderName, number: u8, total: i64) -> OrderReceipt {
    let sum = |value: i64| MinorUnits::new(value).unwrap();
    let line = Line {
        name: "Ull \"og\" ø\u{1f9e6}".into(),
        id: "".into(),
        total: sum(total),
        total_excluding_tax: sum(total),
        tax: sum(0),
        tax_rate: Some(0),
        tax_percentage: None,
        unit: Some(Unit {
            price: Some(sum(total)),
            quantity: Quantity::parse("1.50").unwrap(),
            unit: Some(QuantityUnit::Kilograms),
        }),
        discount: Some(sum(1)),
        product_url: Some("https://example.com/1".into()),
        is_return: Some(true),
        is_shipping: None,
    };
    let bottom_line = BottomLine {
        currency: Currency::Nok,
        tip: None,
        pos_id: Some("till".into()),
        terminal_id: None,
        receipt_number: None,
        payment_sources: None,
        gift_card: Some(0),
        barcode: None,
        deprecated: DeprecatedSums { total: Some(-7), ..DeprecatedSums::default() },
    };
    let added_at = START.plus(Span::seconds(number.into()));
    OrderReceipt {
        order: name,
        id: ReceiptId(id(number)),
        receipt: Receipt { lines: vec![line], bottom_line },
        added_at,
    }
}

/// An image, the `file`th of a few small ones.
pub fn image(name: &str, number: u8, file: u32) -> Image {
    let bytes = testkit::pictures::png(200 + file, 200);
    let picture = Picture { media_type: MediaType::Png, width: 200 + file, height: 200 };
    assert_eq!(judge(&bytes, 0), Ok((picture, bytes.len())));
    let added_at = START.plus(Span::seconds(number.into()));
    Image { id: image_id(name), upload: UploadId(id(number)), picture, bytes: Bytes::from(bytes), added_at }
}

pub fn category(name: OrderName, number: u8, image: Option<&str>) -> Category {
    Category {
        id: CategoryId(id(number)),
        order: name,
        kind: CategoryKind::ALL[usize::from(number) % 6],
        url: LinkUrl::parse(&format!("https://example.com/{number}"), false).unwrap(),
        image: image.map(image_id),
        added_at: START.plus(Span::seconds(number.into())),
    }
}

pub fn on_orders(
    unit: &str,
    subject: OrderSubject,
    decide: impl Fn(&OrderStanding) -> Result<Option<OrderChange>, Obstacle> + Send + Sync + 'static,
) -> Intent {
    Intent { now: START, work: Work::Order { msn: msn(unit), subject, decide: Box::new(decide) } }
}

pub fn adding_receipt(unit: &str, receipt: OrderReceipt) -> Intent {
    let receipt = Arc::new(receipt);
    on_orders(unit, OrderSubject::Receipt(receipt.order.clone()), move |standing| {
        let is_new = write_once(standing.receipt, &receipt.id, Obstacle::ReceiptExists)?;
        Ok(is_new.then(|| OrderChange::AddReceipt(receipt.clone())))
    })
}

pub fn adding_image(unit: &str, image: Image) -> Intent {
    on_orders(unit, OrderSubject::Image(image.id.clone()), move |standing| {
        let is_new = write_once(standing.image, &image.upload, Obstacle::ImageExists)?;
        Ok(is_new.then(|| OrderChange::AddImage(image.clone())))
    })
}

/// `put` is [`OrderChange::SetCategory`] or [`OrderChange::AddCategory`].
pub fn putting_category(unit: &str, category: Category, put: fn(Category) -> OrderChange) -> Intent {
    let subject = OrderSubject::Categories(category.order.clone(), category.image.clone());
    on_orders(unit, subject, move |standing| {
        if category.image.is_some() && standing.image.is_none() {
            return Err(Obstacle::ImageMissing);
        }
        Ok((!standing.categories.contains(&category.id)).then(|| put(category.clone())))
    })
}

pub fn removing_category(unit: &str, number: u8) -> Intent {
    let id = CategoryId(id(number));
    on_orders(unit, OrderSubject::Category(id), move |standing| {
        Ok(standing.categories.contains(&id).then_some(OrderChange::RemoveCategory(id)))
    })
}

/// The same creation of a payment, with this receipt.
pub fn with_receipt(mut creation: Intent, receipt: OrderReceipt) -> Intent {
    let Work::Payment { decide, .. } = &mut creation.work else { panic!("a payment is created") };
    let without = std::mem::replace(decide, Box::new(|_| panic!("asked without a receipt")));
    let receipt = Arc::new(receipt);
    *decide = Box::new(move |stored| {
        without(stored).map(|change| PaymentChange { receipt: Some(receipt.clone()), ..change })
    });
    creation
}

/// Whether it was done, or what stood in the way.
pub async fn ask(store: &dyn Store, intent: Intent) -> Result<(), Obstacle> {
    match store.apply(intent).await {
        Ok(Outcome::Done(_)) => Ok(()),
        Ok(Outcome::Obstructed(obstacle)) => Err(obstacle),
        other => panic!("neither done nor obstructed: {other:?}"),
    }
}

/// Whatever came of it but a defect.
pub fn obstacle(outcome: Result<Outcome, Trouble>) -> Option<Obstacle> {
    match outcome {
        Ok(Outcome::Obstructed(obstacle)) => Some(obstacle),
        Ok(Outcome::Done(_)) => None,
        other => panic!("neither done nor obstructed: {other:?}"),
    }
}
