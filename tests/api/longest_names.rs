//! The longest MSN and the longest reference there are, from the creation of a payment to its page.

use domain::{
    merchant::{Flags, Market, SalesUnit},
    text::{Msn, PartnerName, SalesUnitName, Space},
    time::Timestamp,
};
use engine::merchant::DEFAULT_SPACE;
use store::{Answer, DirectoryChange, Intent, KeyHolder, KeySet, KeySetId, NewSalesUnit, Outcome, Work};
use testkit::{Kasse, Shop};

/// 16 bytes of a code, an MSN of 10 digits, a slash and a reference of 64 characters: 91 bytes in base64.
const LONGEST_TOKEN_CHARACTERS: usize = 122;
const LONGEST_MSN: &str = "9876543210";

/// A partner who acts for a sales unit of this number, which nobody would be given by lot.
async fn acting_for(kasse: &Kasse, msn: &str) -> Shop {
    let msn = Msn::parse(msn).unwrap();
    let unit = SalesUnit {
        msn: msn.clone(),
        name: SalesUnitName::parse("Long names").unwrap(),
        market: Market::Norway,
        space: Space::parse(DEFAULT_SPACE).unwrap(),
        flags: Flags::NEW,
    };
    let key_set = KeySet {
        id: KeySetId([7; 16]),
        holder: KeyHolder::SalesUnit(msn.clone()),
        client_id: "nobody".into(),
        generation: 0,
        client_secret: None,
        subscription_keys: [None, None],
    };
    let now = Timestamp::from_milliseconds(1_760_000_000_000);
    let new = NewSalesUnit { unit, key_set, created_at: now };
    let decide = Box::new(move |_: &_| Some(DirectoryChange::CreateSalesUnit(new.clone())));
    let made = kasse.store().apply(Intent { now, work: Work::Directory { decide } }).await;
    assert_eq!(made, Ok(Outcome::Done(Answer::none())));
    let (partner, keys) = kasse.engine().create_partner(PartnerName::parse("A platform").unwrap()).await.unwrap();
    assert!(kasse.engine().connect(&msn, &partner).await.unwrap().is_ok());
    let key = keys.subscription_keys[0].as_str();
    Shop::with_keys(kasse.http(), msn.as_str(), &keys.client_id, &keys.client_secret, key).await
}

#[tokio::test]
async fn the_longest_link_opens_its_page_and_no_other_of_its_kind_does() {
    let kasse = Kasse::start().await;
    let shop = acting_for(&kasse, LONGEST_MSN).await;
    let reference = "Z".repeat(64);
    let created = shop.post("/payments", "create", &Shop::proposal(&reference, 1000)).await;
    assert_eq!(created.status, 201, "{}", created.text());
    let link = created.json()["redirectUrl"].as_str().unwrap().to_owned();
    let path = link.strip_prefix(kasse.public_url()).unwrap();
    assert_eq!(path.split_once("token=").unwrap().1.len(), LONGEST_TOKEN_CHARACTERS, "{path}");
    let open = |path: String| {
        let http = kasse.http();
        async move { http.send("GET", &path, &[], "").await }
    };
    let page = open(path.to_owned()).await;
    assert_eq!(page.status, 200);
    assert!(page.text().contains("One pair of socks"), "{}", page.text());
    for other in [format!("{path}A"), path[..path.len() - 1].to_owned(), format!("{path}{}", "A".repeat(1000))] {
        assert_eq!(open(other.clone()).await.status, 404, "{other}");
    }
    let longer = Shop::proposal(&format!("{reference}Z"), 1000);
    assert_eq!(shop.post("/payments", "longer", &longer).await.violated(), ["reference"]);
    shop.approve(&reference).await;
    assert_eq!(shop.capture(&reference, &"k".repeat(50), 1000).await.status, 200);
    assert_eq!(shop.log(&reference).await, "CREATED AUTHORIZED CAPTURED");
    kasse.finish().await;
}
