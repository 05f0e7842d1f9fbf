//! What a sales unit may do, switched off: each refusal with its status and number.

use domain::merchant::Flag;
use testkit::Kasse;

#[tokio::test]
async fn a_switch_counts_from_the_next_call_on() {
    let kasse = Kasse::start().await;
    let mut shop = kasse.shop().await;
    shop.create("acme-shop-1", 1000).await;
    for (flag, status, says) in [
        (Flag::Active, 403, "Merchant not available or deactivated or blocked"),
        (Flag::EpaymentAllowed, 403, "Merchant Not Allowed for Ecommerce Payment"),
    ] {
        kasse.switch(&shop, flag, false).await;
        let refused = shop.get("/payments/acme-shop-1").await;
        assert_eq!(refused.status, status);
        assert!(refused.json()["detail"].as_str().unwrap().contains(says), "{}", refused.text());
        kasse.switch(&shop, flag, true).await;
        if flag == Flag::Active {
            // Who was switched off shows its keys again; what was issued before stays dead.
            assert_eq!(shop.get("/payments/acme-shop-1").await.status, 401);
            shop.token = shop.new_token().await;
        }
        assert_eq!(shop.get("/payments/acme-shop-1").await.status, 200);
    }
    kasse.switch(&shop, Flag::BankAccountVerified, false).await;
    assert_eq!(shop.create("acme-shop-2", 1000).await.outcome(), "403 5060");
    kasse.switch(&shop, Flag::BankAccountVerified, true).await;
    shop.authorized("acme-shop-2", 1000).await;
    kasse.switch(&shop, Flag::PartialCaptureAllowed, false).await;
    assert_eq!(shop.capture("acme-shop-2", "part", 999).await.outcome(), "400 6140");
    assert_eq!(shop.capture("acme-shop-2", "more", 1001).await.outcome(), "400 6090");
    assert_eq!(shop.capture("acme-shop-2", "whole", 1000).await.status, 200);
    kasse.finish().await;
}

#[tokio::test]
async fn switches_survive_a_restart() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    for flag in Flag::ALL {
        kasse.switch(&shop, flag, false).await;
    }
    kasse.switch(&shop, Flag::LateCapture, true).await;
    let kasse = kasse.restart(|_| {}).await;
    let units = kasse.engine().sales_units().await.unwrap();
    assert_eq!(units[0].flags.on().collect::<Vec<_>>(), [Flag::LateCapture]);
    kasse.finish().await;
}
