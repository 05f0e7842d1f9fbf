//! Payments are their own sales unit's: another one's keys act on none of them and see none of them. Payers are everybody's.

use domain::merchant::Market;
use serde_json::{Value, json};
use testkit::Kasse;

use super::{ADA, act, create, inbox, payer_of, pushed, put, said, state, token, wallet};

#[tokio::test]
async fn another_sales_unit_acts_on_nothing_and_sees_nothing() {
    let kasse = Kasse::start().await;
    let [shop, other] = [kasse.shop().await, kasse.new_shop(Market::Norway).await];
    let link = create(&shop, "ours-0001", 1000, |_| ()).await;
    assert_eq!(act(&shop, ADA, "ours-0001", "open").await, "200 CREATED");
    for what in ["open", "approve", "reject", "postpone", "ignore", "back"] {
        assert_eq!(act(&other, ADA, "ours-0001", what).await, "404 ErrorCode=5090", "{what}");
    }
    for path in [format!("wallet/{ADA}/history/ours-0001"), "payments/ours-0001/attempts".to_owned()] {
        assert_eq!(other.call("GET", &format!("/_kasse/test/{path}"), &[], "").await.status, 404, "{path}");
    }
    let number = json!({ "msisdn": ADA });
    assert_eq!(said(&wallet(&other, "POST", &format!("landing/{}/phone", token(&link)), &number).await), "404");
    assert_eq!(said(&wallet(&other, "POST", &format!("landing/{}/cancel", token(&link)), &Value::Null).await), "404");
    let code = json!({ "content": link["redirectUrl"] });
    assert_eq!(said(&wallet(&other, "POST", &format!("{ADA}/scan"), &code).await), "422 W1 scan_foreign");
    create(&other, "ours-0001", 1000, |_| ()).await;
    assert_eq!(said(&wallet(&other, "POST", &format!("{ADA}/scan"), &code).await), "422 W1 scan_foreign");
    assert!(inbox(&other, ADA).await.is_empty(), "a code of another payment of that name opens nothing");
    assert_eq!(state(&shop, "ours-0001").await, "CREATED");
    kasse.finish().await;
}

#[tokio::test]
async fn the_same_reference_of_two_sales_units_is_two_payments_and_each_lists_its_own() {
    let kasse = Kasse::start().await;
    let [shop, other] = [kasse.shop().await, kasse.new_shop(Market::Norway).await];
    for shop in [&shop, &other] {
        pushed(shop, ADA, "same-name-1", 1000).await;
    }
    pushed(&other, ADA, "theirs-001", 1000).await;
    assert_eq!(inbox(&shop, ADA).await, ["same-name-1 W1"]);
    assert_eq!(inbox(&other, ADA).await.len(), 2);
    assert_eq!(act(&other, ADA, "same-name-1", "reject").await, "200 ABORTED");
    assert_eq!(state(&shop, "same-name-1").await, "CREATED");
    kasse.finish().await;
}

#[tokio::test]
async fn many_requests_of_another_sales_unit_hide_none_of_ours() {
    /// More than are ever shown at once.
    const MANY: usize = 201;
    let kasse = Kasse::start().await;
    let [shop, other] = [kasse.shop().await, kasse.new_shop(Market::Norway).await];
    pushed(&shop, ADA, "ours-0001", 1000).await;
    kasse.clock.pass(domain::time::Span::milliseconds(1));
    for number in 0..MANY {
        pushed(&other, ADA, &format!("theirs-{number:04}"), 1000).await;
    }
    assert_eq!(inbox(&shop, ADA).await, ["ours-0001 W1"]);
    assert_eq!(inbox(&other, ADA).await.len(), MANY - 1, "the newest");
    kasse.finish().await;
}

#[tokio::test]
async fn a_payer_is_the_same_for_every_sales_unit() {
    let kasse = Kasse::start().await;
    let [shop, other] = [kasse.shop().await, kasse.new_shop(Market::Norway).await];
    put(&shop, ADA, &json!({ "name": "Ada Lovelace" })).await;
    assert_eq!(payer_of(&other, ADA).await["name"], "Ada Lovelace");
    kasse.finish().await;
}
