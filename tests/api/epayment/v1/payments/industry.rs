//! `industryData` and `receiptUrl`: kept for whoever shows them, judged like every field.

use serde_json::{Value, json};
use testkit::{Answer, Kasse, Shop};

fn airline() -> Value {
    json!({ "agencyInvoiceNumber": "123456", "airlineCode": "074", "airlineDesignatorCode": "KL",
            "passengerName": "FLYER / MARY MS.", "ticketNumber": "123-1234567890" })
}

async fn ask(shop: &Shop, reference: &str, change: impl FnOnce(&mut Value)) -> Answer {
    let mut proposal = Shop::proposal(reference, 1000);
    proposal["industryData"] = json!({ "airlineData": airline() });
    change(&mut proposal);
    shop.post("/payments", reference, &proposal).await
}

#[tokio::test]
async fn what_an_airline_says_is_taken_at_both_edges_of_its_limits() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    assert_eq!(ask(&shop, "airline-whole", |_| {}).await.status, 201);
    let without = |proposal: &mut Value| {
        proposal["industryData"]["airlineData"].as_object_mut().unwrap().remove("ticketNumber");
    };
    assert_eq!(ask(&shop, "airline-ticketless", without).await.status, 201);
    assert_eq!(ask(&shop, "airline-empty-1", |proposal| proposal["industryData"] = json!({})).await.status, 201);
    for (field, value, good) in [
        ("agencyInvoiceNumber", "1".to_owned(), true),
        ("agencyInvoiceNumber", String::new(), false),
        ("agencyInvoiceNumber", "1234567".to_owned(), false),
        ("airlineCode", "07".to_owned(), false),
        ("airlineCode", "0744".to_owned(), false),
        ("airlineCode", "KLM".to_owned(), false),
        ("airlineDesignatorCode", "U2".to_owned(), true),
        ("airlineDesignatorCode", "K".to_owned(), false),
        ("airlineDesignatorCode", "KLM".to_owned(), false),
        ("passengerName", "x".repeat(49), true),
        ("passengerName", "x".repeat(50), false),
        ("passengerName", String::new(), false),
        ("ticketNumber", "x".repeat(150), true),
        ("ticketNumber", "x".repeat(151), false),
        ("ticketNumber", String::new(), false),
    ] {
        let reference = format!("airline-{field}-{}-{good}", value.len());
        let answer =
            ask(&shop, &reference, |proposal| proposal["industryData"]["airlineData"][field] = json!(value)).await;
        let expected = if good { vec![] } else { vec![format!("industryData.airlineData.{field}")] };
        assert_eq!((answer.status == 201, answer.violated()), (good, expected), "{field} {value}");
    }
    let empty = ask(&shop, "airline-nothing", |proposal| proposal["industryData"]["airlineData"] = json!({})).await;
    let required = ["agencyInvoiceNumber", "airlineCode", "airlineDesignatorCode", "passengerName"];
    assert_eq!(empty.violated(), required.map(|field| format!("industryData.airlineData.{field}")));
    kasse.finish().await;
}

#[tokio::test]
async fn a_receipt_is_found_at_an_address_a_browser_may_open() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    for (reference, url, expected) in [
        ("receipt-url-1", "https://example.com/receipt/1", "201"),
        ("receipt-url-2", "myapp://receipt/1", "201"),
        ("receipt-url-3", "javascript://x", "400 4090"),
        ("receipt-url-4", "receipt", "400 4090"),
    ] {
        let answer = ask(&shop, reference, |proposal| proposal["receiptUrl"] = json!(url)).await;
        assert_eq!(answer.outcome(), expected, "{url}");
        if answer.status == 400 {
            assert!(answer.json()["detail"].as_str().unwrap().starts_with("The field receiptUrl"));
        }
    }
    let long = ask(&shop, "receipt-url-5", |proposal| {
        proposal["receiptUrl"] = json!(format!("https://e.example/{}", "x".repeat(2500)))
    });
    assert_eq!(long.await.outcome(), "400 4090");
    assert_eq!(ask(&shop, "receipt-url-6", |proposal| proposal["receiptUrl"] = Value::Null).await.status, 201);
    kasse.finish().await;
}
