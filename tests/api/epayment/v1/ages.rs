//! How old a payer must be: nobody younger than 15 pays a business, whatever the merchant asks for.

use domain::time::Span;
use engine::clock::Clock as _;
use serde_json::json;
use testkit::{Answer, Kasse, Shop};

/// Born on 23 March 1995.
const PAYER: &str = "4712340012";
/// 23 March 2010 begins: the fifteenth birthday.
const FIFTEEN_MILLISECONDS: i64 = 1_269_302_400_000;

async fn ask(shop: &Shop, reference: &str, number: &str, minimum_age: Option<i64>) -> Answer {
    let mut proposal = Shop::proposal(reference, 1000);
    proposal["userFlow"] = json!("PUSH_MESSAGE");
    proposal["customer"]["phoneNumber"] = json!(number);
    proposal["minimumUserAge"] = json!(minimum_age);
    shop.post("/payments", reference, &proposal).await
}

#[tokio::test]
async fn a_payer_may_pay_from_the_fifteenth_birthday_on() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    // Whoever is fourteen in a sandbox is so for ever, so time goes back to when somebody else was.
    kasse.clock.pass(Span::milliseconds(FIFTEEN_MILLISECONDS - 1 - kasse.clock.wall().milliseconds()));
    assert_eq!(ask(&shop, "fourteen-1", PAYER, None).await.outcome(), "400 7010");
    assert_eq!(
        ask(&shop, "fourteen-2", PAYER, Some(14)).await.outcome(),
        "400 7010",
        "fourteen is not enough to ask for"
    );
    kasse.clock.pass(Span::milliseconds(1));
    assert_eq!(ask(&shop, "fifteen-1", PAYER, None).await.status, 201);
    assert_eq!(ask(&shop, "fifteen-2", PAYER, Some(15)).await.status, 201);
    assert_eq!(ask(&shop, "fifteen-3", PAYER, Some(16)).await.outcome(), "400 7010");
    kasse.finish().await;
}

#[tokio::test]
async fn a_listed_payer_of_seventeen_is_old_enough_up_to_seventeen() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    for (number, minimum_age, expected) in [
        ("4740000033", 14, "400 7010"),
        ("4740000033", 0, "400 7010"),
        ("4740000034", 14, "201"),
        ("4740000034", 15, "201"),
        ("4740000034", 17, "201"),
        ("4740000034", 18, "400 7010"),
    ] {
        let answer = ask(&shop, &format!("listed-{number}-{minimum_age}"), number, Some(minimum_age)).await;
        assert_eq!(answer.outcome(), expected, "{number}, at least {minimum_age}");
    }
    kasse.finish().await;
}
