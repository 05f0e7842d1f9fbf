//! The listed numbers: what each does of itself, to the millisecond, and what is special about the payer.

use domain::{merchant::Market, time::Span};
use serde_json::json;
use testkit::{Kasse, Shop};

use super::{act, approve_with, asked, attempts, create, inbox, payer_of, pushed, said, state, token, wallet};

/// Somebody gave the number, and this much time has passed since.
async fn stands_after(kasse: &Kasse, shop: &Shop, reference: &str, passed: Span) -> String {
    kasse.clock.pass(passed);
    kasse.payers_act().await;
    state(shop, reference).await
}

/// Until a moment before this many milliseconds nothing comes of it, and then this does.
async fn comes_to(kasse: &Kasse, shop: &Shop, number: &str, after: i64, log: &str) {
    let reference = format!("by-{number}");
    asked(shop, number, &reference, 1000).await;
    // What has to be looked up first is.
    kasse.payers_act().await;
    let before = stands_after(kasse, shop, &reference, Span::milliseconds(after - 1)).await;
    assert_eq!(before, "CREATED", "{number} a moment before {after} ms");
    stands_after(kasse, shop, &reference, Span::milliseconds(1)).await;
    assert_eq!(shop.log(&reference).await, log, "{number} after {after} ms");
}

#[tokio::test]
async fn those_who_approve_do_so_in_their_time() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    const TEN_MINUTES: i64 = 10 * 60 * 1000;
    for (number, after) in [
        ("4740000012", 1_000),
        ("4740000013", 8_000),
        ("4740000014", TEN_MINUTES - 1_000),
        ("4740000018", 1_000),
        ("4740000020", 1_000),
        ("4740000023", 1_000),
        ("4520000012", 1_000),
        ("358400000012", 1_000),
        ("46701740612", 1_000),
    ] {
        comes_to(&kasse, &shop, number, after, "CREATED AUTHORIZED").await;
    }
    assert_eq!(payer_of(&shop, "4740000018").await["browserMode"], "never");
    assert_eq!(payer_of(&shop, "4740000012").await["browserMode"], "same");
    kasse.finish().await;
}

#[tokio::test]
async fn those_who_refuse_do_so_in_theirs() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    for (number, after) in [("4740000015", 3_000), ("4740000021", 1_000), ("4740000022", 1_000 + 3_000)] {
        let reference = format!("by-{number}");
        asked(&shop, number, &reference, 1000).await;
        let mut passed = 0;
        // What one step leads to is planned when that is done.
        for until in [1_000, after - 1, after] {
            let step = Span::milliseconds((until - passed).max(0));
            passed = passed.max(until);
            let standing = stands_after(&kasse, &shop, &reference, step).await;
            let expected = if passed < after { "CREATED" } else { "ABORTED" };
            assert_eq!(standing, expected, "{number} after {passed} ms");
        }
        assert_eq!(shop.log(&reference).await, "CREATED ABORTED", "{number}");
    }
    kasse.finish().await;
}

#[tokio::test]
async fn those_who_do_nothing_let_it_lapse() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    for (number, screen) in [("4740000010", "W1"), ("4740000016", "W1"), ("4740000017", "W2")] {
        let reference = format!("by-{number}");
        asked(&shop, number, &reference, 1000).await;
        assert_eq!(stands_after(&kasse, &shop, &reference, Span::seconds(1)).await, "CREATED", "{number}");
        assert_eq!(inbox(&shop, number).await, [format!("{reference} {screen}")]);
        let rest = Span::milliseconds(10 * 60 * 1000 - 1_001);
        assert_eq!(stands_after(&kasse, &shop, &reference, rest).await, "CREATED", "{number}");
        assert_eq!(stands_after(&kasse, &shop, &reference, Span::milliseconds(1)).await, "EXPIRED", "{number}");
    }
    kasse.finish().await;
}

#[tokio::test]
async fn a_first_card_that_declines_is_followed_by_the_second() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    asked(&shop, "4740000020", "second-card-1", 1000).await;
    assert_eq!(stands_after(&kasse, &shop, "second-card-1", Span::seconds(1)).await, "AUTHORIZED");
    assert_eq!(attempts(&shop, "second-card-1").await, ["card-1 decl_issuer"]);
    // A person who taps for this payer meets the same.
    create(&shop, "second-card-2", 1000, |_| ()).await;
    assert_eq!(act(&shop, "4740000020", "second-card-2", "approve").await, "422 W2 decl_issuer");
    asked(&shop, "4740000012", "published-amount-1", 182).await;
    assert_eq!(stands_after(&kasse, &shop, "published-amount-1", Span::seconds(1)).await, "AUTHORIZED");
    assert_eq!(attempts(&shop, "published-amount-1").await, ["card-1 decl_issuer"]);
    kasse.finish().await;
}

#[tokio::test]
async fn whoever_taps_twice_pays_once() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    for round in 0..10 {
        let reference = format!("tapped-twice-{round}");
        asked(&shop, "4740000023", &reference, 1000).await;
        stands_after(&kasse, &shop, &reference, Span::seconds(1)).await;
        assert_eq!(shop.log(&reference).await, "CREATED AUTHORIZED");
        assert_eq!(shop.standing(&reference).await, "AUTHORIZED a=1000 c=0 r=0 x=0");
    }
    kasse.finish().await;
}

#[tokio::test]
async fn what_there_is_to_pay_with_follows_from_the_number() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    for (number, approved) in [
        ("4740000011", "422 W2 decl_funds"),
        ("4740000030", "422 W2 decl_nosource"),
        ("4740000031", "422 W2 decl_expired"),
        ("4740000032", "200 AUTHORIZED"),
        ("4740000033", "422 W2 age_wallet"),
        ("4740000034", "200 AUTHORIZED"),
        ("4740000035", "422 W2 cannot_pay"),
    ] {
        let reference = format!("with-what-{number}");
        create(&shop, &reference, 1000, |_| ()).await;
        assert_eq!(act(&shop, number, &reference, "approve").await, approved, "{number}");
    }
    let second = json!({ "source": "card-2" });
    assert_eq!(approve_with(&shop, "4740000011", "with-what-4740000011", &second).await, "200 AUTHORIZED");
    assert_eq!(attempts(&shop, "with-what-4740000030").await, ["null decl_nosource"]);
    let danish = kasse.new_shop(Market::Denmark).await;
    create(&danish, "no-company-cards", 1000, |proposal| {
        proposal["amount"]["currency"] = json!("DKK");
        proposal["paymentMethod"]["blockedSources"] = json!(["COMMERCIAL_CARDS"]);
    })
    .await;
    assert_eq!(act(&danish, "4520000032", "no-company-cards", "approve").await, "422 W2 decl_blocked");
    kasse.finish().await;
}

#[tokio::test]
async fn who_may_not_pay_at_all_is_refused_on_the_landing_page() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    let link = token(&create(&shop, "adults-only-1", 1000, |proposal| proposal["minimumUserAge"] = json!(18)).await);
    for (number, expected) in [
        ("4740000033", "422 L7 cannot_pay"),
        ("4740000034", "422 L7 cannot_pay"),
        ("4740000035", "422 L7 cannot_pay"),
        ("4740000030", "200 CREATED"),
    ] {
        let answer = wallet(&shop, "POST", &format!("landing/{link}/phone"), &json!({ "msisdn": number })).await;
        assert_eq!(said(&answer), expected, "{number}");
    }
    kasse.finish().await;
}

#[tokio::test]
async fn they_do_the_same_when_it_is_pushed_to_them() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    for (number, passed, log) in [
        ("4740000012", 1_000, "CREATED AUTHORIZED"),
        ("4740000015", 3_000, "CREATED ABORTED"),
        ("4740000016", 600_000, "CREATED EXPIRED"),
        ("4740000020", 1_000, "CREATED AUTHORIZED"),
    ] {
        let reference = format!("pushed-{number}");
        pushed(&shop, number, &reference, 1000).await;
        kasse.payers_act().await;
        assert_eq!(inbox(&shop, number).await, [format!("{reference} W1")]);
        stands_after(&kasse, &shop, &reference, Span::milliseconds(passed)).await;
        assert_eq!(shop.log(&reference).await, log, "{number}");
    }
    kasse.finish().await;
}
