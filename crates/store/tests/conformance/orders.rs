//! What is shown with orders: written once where it is written once, one after the other where it is not, and never anybody else's.

use std::sync::Arc;

use domain::{
    order::{CategoryId, Obstacle, PaymentType},
    payment::Rejection,
    text::OrderId,
};
use store::{Order, OrderChange, OrderSubject, Outcome, Store, Trouble};

use crate::{
    fixture::Fixture,
    shown::{
        adding_image, adding_receipt, ask, category, ecom, image, image_id, obstacle, on_orders, order,
        putting_category, receipt, removing_category, with_receipt,
    },
    work::{creation, creation_of, done, make_sales_unit, msn},
};

const UNIT: &str = "123456";
const OTHER_UNIT: &str = "654321";

async fn opened(fixture: &Fixture) -> Arc<dyn Store> {
    let store = fixture.open().await;
    make_sales_unit(&*store, UNIT, 1).await;
    make_sales_unit(&*store, OTHER_UNIT, 2).await;
    store
}

async fn closed(store: Arc<dyn Store>) {
    assert_eq!(store.verify().await.unwrap(), []);
    store.close().await.unwrap();
}

async fn shown(store: &dyn Store, unit: &str, name: &domain::order::OrderName) -> Order {
    store.order(&msn(unit), name).await.unwrap()
}

async fn listed(store: &dyn Store, unit: &str, id: &str) -> Vec<u8> {
    let found = store.categories(&msn(unit), &OrderId::parse(id).unwrap()).await.unwrap();
    found.iter().map(|category| category.id.0[0]).collect()
}

pub async fn a_receipt_is_written_once_and_comes_back_as_it_went_in(fixture: Fixture) {
    let store = opened(&fixture).await;
    let name = ecom("order-1");
    assert_eq!(shown(&*store, UNIT, &name).await, Order::default());
    let first = receipt(name.clone(), 1, 1000);
    assert_eq!(ask(&*store, adding_receipt(UNIT, first.clone())).await, Ok(()));
    assert_eq!(ask(&*store, adding_receipt(UNIT, first.clone())).await, Ok(()), "the same again");
    let second = receipt(name.clone(), 2, 2000);
    assert_eq!(ask(&*store, adding_receipt(UNIT, second)).await, Err(Obstacle::ReceiptExists));
    let of_charge = receipt(order(PaymentType::Recurring, "order-1"), 3, 3000);
    assert_eq!(ask(&*store, adding_receipt(UNIT, of_charge.clone())).await, Ok(()), "a charge of the same id");
    assert_eq!(ask(&*store, adding_receipt(OTHER_UNIT, receipt(name.clone(), 4, 4000))).await, Ok(()));
    store.close().await.unwrap();
    let store = fixture.open().await;
    assert_eq!(shown(&*store, UNIT, &name).await, Order { category: None, receipt: Some(first) });
    assert_eq!(shown(&*store, UNIT, &of_charge.order).await.receipt, Some(of_charge));
    assert_eq!(shown(&*store, OTHER_UNIT, &name).await.receipt.unwrap().id.0[0], 4, "each sales unit's own");
    assert_eq!(shown(&*store, UNIT, &ecom("Order-1")).await, Order::default(), "letter case counts");
    closed(store).await;
}

pub async fn of_many_that_come_at_the_same_moment_one_is_written(fixture: Fixture) {
    let stores = [opened(&fixture).await];
    let name = ecom("order-1");
    let mut asking = Vec::new();
    for number in 1..=20 {
        let store = stores[0].clone();
        let name = name.clone();
        asking.push(tokio::spawn(async move {
            let of_receipt = store.apply(adding_receipt(UNIT, receipt(name, number, 1000)));
            let of_image = store.apply(adding_image(UNIT, image("image-1", number, number.into())));
            let (of_receipt, of_image) = tokio::join!(of_receipt, of_image);
            (number, obstacle(of_receipt), obstacle(of_image))
        }));
    }
    let (mut receipts, mut images) = (Vec::new(), Vec::new());
    for one in asking {
        let (number, of_receipt, of_image) = one.await.unwrap();
        match of_receipt {
            None => receipts.push(number),
            Some(obstacle) => assert_eq!(obstacle, Obstacle::ReceiptExists),
        }
        match of_image {
            None => images.push(number),
            Some(obstacle) => assert_eq!(obstacle, Obstacle::ImageExists),
        }
    }
    let store = &stores[0];
    let receipt = shown(&**store, UNIT, &name).await.receipt.unwrap();
    let image = store.image(&msn(UNIT), &image_id("image-1")).await.unwrap().unwrap();
    assert_eq!((receipts, images), (vec![receipt.id.0[0]], vec![image.upload.0[0]]), "those who were told so");
    assert_eq!(image.picture.width, 200 + u32::from(image.upload.0[0]));
    closed(store.clone()).await;
}

pub async fn an_image_is_written_once_and_its_file_is_whoevers_has_the_same(fixture: Fixture) {
    let store = opened(&fixture).await;
    let first = image("socks.png", 1, 1);
    assert_eq!(store.image(&msn(UNIT), &first.id).await.unwrap(), None);
    assert_eq!(ask(&*store, adding_image(UNIT, first.clone())).await, Ok(()));
    assert_eq!(ask(&*store, adding_image(UNIT, first.clone())).await, Ok(()), "the same again");
    for file in [1, 2] {
        let again = adding_image(UNIT, image("socks.png", 2, file));
        assert_eq!(ask(&*store, again).await, Err(Obstacle::ImageExists), "whether or not the bytes are the same");
    }
    let same_file = image("Socks.png", 3, 1);
    assert_eq!(ask(&*store, adding_image(UNIT, same_file.clone())).await, Ok(()));
    assert_eq!(ask(&*store, adding_image(OTHER_UNIT, image("socks.png", 4, 3))).await, Ok(()));
    store.close().await.unwrap();
    let store = fixture.open().await;
    assert_eq!(store.image(&msn(UNIT), &first.id).await.unwrap(), Some(first.clone()));
    assert_eq!(store.image(&msn(UNIT), &same_file.id).await.unwrap(), Some(same_file.clone()));
    let theirs = store.image(&msn(OTHER_UNIT), &first.id).await.unwrap();
    assert_eq!(theirs.unwrap().picture.width, 203, "each sales unit's own");
    assert_eq!(store.image(&msn(OTHER_UNIT), &same_file.id).await.unwrap(), None);
    closed(store).await;
}

pub async fn the_newest_category_is_shown_and_the_one_before_it_once_that_is_gone(fixture: Fixture) {
    let store = opened(&fixture).await;
    let (name, of_charge) = (ecom("order-1"), order(PaymentType::Recurring, "order-1"));
    assert_eq!(ask(&*store, adding_image(UNIT, image("i", 1, 1))).await, Ok(()));
    let first = category(name.clone(), 1, Some("i"));
    for intent in [
        putting_category(UNIT, first.clone(), OrderChange::AddCategory),
        putting_category(UNIT, category(of_charge.clone(), 2, None), OrderChange::AddCategory),
        putting_category(UNIT, category(name.clone(), 3, None), OrderChange::AddCategory),
        putting_category(UNIT, category(name.clone(), 3, None), OrderChange::AddCategory),
        putting_category(UNIT, category(ecom("order-2"), 4, None), OrderChange::AddCategory),
        putting_category(OTHER_UNIT, category(name.clone(), 5, None), OrderChange::AddCategory),
    ] {
        assert_eq!(ask(&*store, intent).await, Ok(()));
    }
    assert_eq!(listed(&*store, UNIT, "order-1").await, [1, 2, 3], "of both types, the oldest first, each once");
    assert_eq!(shown(&*store, UNIT, &name).await.category, Some(category(name.clone(), 3, None)));
    assert_eq!(shown(&*store, UNIT, &of_charge).await.category.unwrap().id.0[0], 2);
    assert_eq!(ask(&*store, removing_category(OTHER_UNIT, 3)).await, Ok(()), "not theirs");
    assert_eq!(ask(&*store, removing_category(UNIT, 3)).await, Ok(()));
    assert_eq!(ask(&*store, removing_category(UNIT, 3)).await, Ok(()), "gone already");
    assert_eq!(shown(&*store, UNIT, &name).await.category, Some(first.clone()));
    assert_eq!(store.category(&msn(UNIT), first.id).await.unwrap(), Some(first.clone()));
    assert_eq!(store.category(&msn(OTHER_UNIT), first.id).await.unwrap(), None);
    assert_eq!(store.category(&msn(UNIT), CategoryId([3; 16])).await.unwrap(), None);
    let whole = putting_category(UNIT, category(name.clone(), 6, None), OrderChange::SetCategory);
    assert_eq!(ask(&*store, whole).await, Ok(()));
    assert_eq!(listed(&*store, UNIT, "order-1").await, [2, 6], "in place of all of the order's own");
    for number in [6, 2] {
        assert_eq!(ask(&*store, removing_category(UNIT, number)).await, Ok(()));
    }
    assert_eq!(listed(&*store, UNIT, "order-1").await, Vec::<u8>::new());
    let again = putting_category(UNIT, category(name.clone(), 7, None), OrderChange::AddCategory);
    assert_eq!(ask(&*store, again).await, Ok(()));
    assert_eq!(listed(&*store, UNIT, "order-1").await, [7]);
    assert_eq!(
        (listed(&*store, UNIT, "order-2").await, listed(&*store, OTHER_UNIT, "order-1").await),
        (vec![4], vec![5])
    );
    closed(store).await;
}

pub async fn a_category_shows_an_image_that_is_there(fixture: Fixture) {
    let store = opened(&fixture).await;
    let name = ecom("order-1");
    assert_eq!(ask(&*store, adding_image(OTHER_UNIT, image("theirs", 1, 1))).await, Ok(()));
    for id in ["nowhere", "theirs"] {
        let put = putting_category(UNIT, category(name.clone(), 1, Some(id)), OrderChange::SetCategory);
        assert_eq!(ask(&*store, put).await, Err(Obstacle::ImageMissing), "{id}");
    }
    // Whoever does not ask is refused by the schema, and no harm is done.
    let broken = category(name.clone(), 2, Some("nowhere"));
    let subject = OrderSubject::Categories(name.clone(), None);
    let outcome =
        store.apply(on_orders(UNIT, subject, move |_| Ok(Some(OrderChange::AddCategory(broken.clone()))))).await;
    assert!(matches!(outcome, Err(Trouble::Broken(_))), "{outcome:?}");
    assert_eq!(shown(&*store, UNIT, &name).await, Order::default());
    assert_eq!(ask(&*store, adding_receipt(UNIT, receipt(name, 3, 1))).await, Ok(()), "it goes on");
    closed(store).await;
}

pub async fn categories_that_are_set_at_the_same_moment_leave_one(fixture: Fixture) {
    let store = opened(&fixture).await;
    let name = ecom("order-1");
    let setting: Vec<_> = (1..=20)
        .map(|number| {
            let (store, category) = (store.clone(), category(name.clone(), number, None));
            tokio::spawn(async move { store.apply(putting_category(UNIT, category, OrderChange::SetCategory)).await })
        })
        .collect();
    for one in setting {
        assert_eq!(obstacle(one.await.unwrap()), None);
    }
    let left = listed(&*store, UNIT, "order-1").await;
    assert_eq!(left.len(), 1, "{left:?}");
    let adding: Vec<_> = (21..=40)
        .map(|number| {
            let (store, category) = (store.clone(), category(name.clone(), number, None));
            tokio::spawn(async move { store.apply(putting_category(UNIT, category, OrderChange::AddCategory)).await })
        })
        .collect();
    for one in adding {
        assert_eq!(obstacle(one.await.unwrap()), None);
    }
    assert_eq!(listed(&*store, UNIT, "order-1").await.len(), 21);
    closed(store).await;
}

pub async fn the_receipt_of_a_new_payment_is_its_orders(fixture: Fixture) {
    let store = opened(&fixture).await;
    let written = |name: &str| Some(format!("{{\"of\":\"{name}\"}}").into());
    let creating = |name: &str, key: &str, number: u8| {
        with_receipt(creation_of(UNIT, name, key, 0, written(name)), receipt(ecom(name), number, 1000))
    };
    assert_eq!(ask(&*store, adding_receipt(UNIT, receipt(ecom("payment-2"), 9, 9))).await, Ok(()));
    let together = ["payment-1", "payment-2", "payment-3"].map(|name| store.apply(creating(name, name, 1)));
    let without = store.apply(creation(UNIT, "payment-4", "payment-4", 0));
    for outcome in together {
        done(outcome.await);
    }
    done(without.await);
    let id = async |name: &str| shown(&*store, UNIT, &ecom(name)).await.receipt.map(|receipt| receipt.id.0[0]);
    assert_eq!(id("payment-1").await, Some(1));
    assert_eq!(id("payment-2").await, Some(9), "the first stays");
    assert_eq!((id("payment-3").await, id("payment-4").await), (Some(1), None));
    assert_eq!(shown(&*store, UNIT, &ecom("payment-1")).await.receipt, Some(receipt(ecom("payment-1"), 1, 1000)));
    let later = adding_receipt(UNIT, receipt(ecom("payment-1"), 2, 1));
    assert_eq!(ask(&*store, later).await, Err(Obstacle::ReceiptExists));
    let again = store.apply(creating("payment-1", "payment-1", 3)).await;
    assert!(matches!(again, Ok(Outcome::Replayed(_))), "{again:?}");
    let refused = store.apply(creating("payment-4", "another key", 4)).await;
    assert_eq!(refused, Ok(Outcome::Rejected(Rejection::ReferenceExists)));
    assert_eq!((id("payment-1").await, id("payment-4").await), (Some(1), None), "only with a payment that comes about");
    closed(store).await;
}

pub async fn a_receipt_and_its_payment_may_come_at_the_same_moment(fixture: Fixture) {
    let store = opened(&fixture).await;
    let mut asking = Vec::new();
    for count in 0..20 {
        let (store, name) = (store.clone(), format!("payment-{count:02}"));
        asking.push(tokio::spawn(async move {
            let creating =
                with_receipt(creation_of(UNIT, &name, &name, 0, Some("{}".into())), receipt(ecom(&name), 1, 1000));
            let (created, posted) =
                tokio::join!(store.apply(creating), store.apply(adding_receipt(UNIT, receipt(ecom(&name), 2, 2000))));
            done(created);
            let kept = shown(&*store, UNIT, &ecom(&name)).await.receipt.unwrap().id.0[0];
            assert_eq!(obstacle(posted).is_none(), kept == 2, "{name}");
        }));
    }
    for one in asking {
        one.await.unwrap();
    }
    closed(store).await;
}

pub async fn a_decision_on_an_order_that_panics_changes_nothing(fixture: Fixture) {
    let store = opened(&fixture).await;
    let name = ecom("order-1");
    let panicking = on_orders(UNIT, OrderSubject::Receipt(name.clone()), |_| panic!("on purpose"));
    let neighbour = store.apply(adding_receipt(UNIT, receipt(ecom("order-2"), 1, 1)));
    let outcome = store.apply(panicking).await;
    assert!(matches!(outcome, Err(Trouble::Broken(_))), "{outcome:?}");
    assert_eq!(obstacle(neighbour.await), None);
    assert_eq!(ask(&*store, adding_receipt(UNIT, receipt(name.clone(), 2, 1))).await, Ok(()));
    let nobodys = store.apply(adding_receipt("999999", receipt(name, 3, 1))).await;
    assert!(matches!(nobodys, Err(Trouble::Broken(_))), "of no sales unit: {nobodys:?}");
    closed(store).await;
}
