//! `POST /landing/{token}/phone` and `/cancel`.

use domain::time::Span;
use serde_json::{Value, json};
use testkit::{Kasse, Setup, Shop};

use super::{ADA, BOB, create, inbox, said, state, token, wallet};

async fn phone(shop: &Shop, token: &str, number: &str) -> String {
    said(&wallet(shop, "POST", &format!("landing/{token}/phone"), &json!({ "msisdn": number })).await)
}

async fn cancel(shop: &Shop, token: &str) -> String {
    said(&wallet(shop, "POST", &format!("landing/{token}/cancel"), &Value::Null).await)
}

#[tokio::test]
async fn a_number_that_is_given_is_asked_and_the_one_before_it_no_longer() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    let token = token(&create(&shop, "landing-1", 1000, |_| ()).await);
    assert_eq!(phone(&shop, &token, ADA).await, "200 CREATED");
    assert_eq!(inbox(&shop, ADA).await, ["landing-1 W1"]);
    assert_eq!(phone(&shop, &token, BOB).await, "200 CREATED");
    assert_eq!((inbox(&shop, ADA).await.len(), inbox(&shop, BOB).await), (0, vec!["landing-1 W1".to_owned()]));
    assert_eq!(super::act(&shop, ADA, "landing-1", "approve").await, "409 request=already_open");
    assert_eq!(super::act(&shop, BOB, "landing-1", "approve").await, "200 AUTHORIZED");
    assert_eq!(phone(&shop, &token, ADA).await, "409 state=AUTHORIZED");
    assert_eq!(cancel(&shop, &token).await, "409 state=AUTHORIZED");
    kasse.finish().await;
}

#[tokio::test]
async fn five_numbers_may_be_given_good_and_bad_together() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    let token = token(&create(&shop, "landing-1", 1000, |_| ()).await);
    for (number, expected) in [
        ("4740000035", "422 L7 cannot_pay"),
        (ADA, "200 CREATED"),
        (ADA, "200 CREATED"),
        ("4740000033", "422 L7 cannot_pay"),
        (BOB, "200 CREATED"),
        (ADA, "422 L1 too_many"),
        ("4740000035", "422 L1 too_many"),
    ] {
        assert_eq!(phone(&shop, &token, number).await, expected, "{number}");
    }
    assert_eq!(inbox(&shop, BOB).await, ["landing-1 W1"], "the last that was good");
    assert_eq!(state(&shop, "landing-1").await, "CREATED");
    assert_eq!(super::act(&shop, BOB, "landing-1", "approve").await, "200 AUTHORIZED");
    kasse.finish().await;
}

#[tokio::test]
async fn who_cannot_pay_is_not_told_why() {
    let kasse = Kasse::with(Setup { any_phone_number: false, ..Setup::default() }).await;
    let shop = kasse.shop().await;
    let edit = |proposal: &mut Value| {
        proposal["minimumUserAge"] = json!(18);
        proposal["customer"]["phoneNumber"] = json!(ADA);
    };
    let token = token(&create(&shop, "landing-1", 1000, edit).await);
    let mut answers = Vec::new();
    // Unknown, of a length no number has, blocked, too young for any shop, too young for this one.
    for number in ["4712345678", "471234567", "4740000035", "4740000033", "4740000034"] {
        let path = format!("landing/{token}/phone");
        let answer = wallet(&shop, "POST", &path, &json!({ "msisdn": number })).await;
        assert_eq!(said(&answer), "422 L7 cannot_pay", "{number}");
        answers.push(answer.bytes);
    }
    assert!(answers.windows(2).all(|pair| pair[0] == pair[1]));
    assert!(inbox(&shop, "4740000034").await.is_empty());
    kasse.finish().await;
}

#[tokio::test]
async fn giving_up_ends_it_whether_or_not_anybody_was_asked() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    for reference in ["before-a-number", "after-a-number"] {
        let token = token(&create(&shop, reference, 1000, |_| ()).await);
        if reference == "after-a-number" {
            assert_eq!(phone(&shop, &token, ADA).await, "200 CREATED");
        }
        assert_eq!(cancel(&shop, &token).await, "200 ABORTED");
        assert_eq!(cancel(&shop, &token).await, "409 state=ABORTED");
        assert_eq!(shop.log(reference).await, "CREATED ABORTED");
        kasse.clock.pass(Span::days(1));
        kasse.clock.pass(Span::milliseconds(1));
        assert_eq!(cancel(&shop, &token).await, "404", "the link is dead");
    }
    kasse.finish().await;
}

#[tokio::test]
async fn what_is_no_link_or_no_number_is_refused() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    let created = create(&shop, "landing-1", 1000, |_| ()).await;
    let token = token(&created);
    for bad in ["x", "%ff", &token[1..]] {
        assert_eq!(phone(&shop, bad, ADA).await, "404", "{bad}");
        assert_eq!(cancel(&shop, bad).await, "404", "{bad}");
    }
    for body in [
        Value::Null,
        json!({}),
        json!({ "msisdn": "12345678" }),
        json!({ "msisdn": "+4740000010" }),
        json!({ "msisdn": [] }),
    ] {
        let answer = wallet(&shop, "POST", &format!("landing/{token}/phone"), &body).await;
        assert_eq!((answer.status, answer.violated()), (400, vec!["msisdn".to_owned()]), "{body}");
    }
    let by_card = create(&shop, "by-card-1", 1000, |proposal| proposal["paymentMethod"]["type"] = json!("CARD")).await;
    let by_card = super::token(&by_card);
    assert_eq!(phone(&shop, &by_card, ADA).await, "404", "no wallet is asked");
    assert_eq!(cancel(&shop, &by_card).await, "200 ABORTED");
    assert_eq!(state(&shop, "landing-1").await, "CREATED");
    kasse.finish().await;
}

#[tokio::test]
async fn the_short_name_of_a_code_is_a_token_too() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    let created = create(&shop, "scanned-1", 1000, |proposal| {
        proposal["userFlow"] = json!("QR");
        proposal["qrFormat"] = json!({ "format": "TEXT/TARGETURL" });
    })
    .await;
    let id = created["redirectUrl"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
    assert_eq!(phone(&shop, &id, ADA).await, "200 CREATED");
    assert_eq!(inbox(&shop, ADA).await, ["scanned-1 W1"]);
    kasse.finish().await;
}
