//! What a shop shows with an order, as its payer sees it in the wallet: before the payment, after it, and when it comes later.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use domain::time::Span;
use serde_json::{Value, json};

use crate::{
    kit::{Stage, Wishes, axe},
    steps::{PAYER, from_anybody, open_request, state},
    words::{ENGLISH, NORWEGIAN, Words},
};

const REFERENCE: &str = "ordered-1";

/// Two kinds of lines, a tax, a tip and a barcode.
fn receipt() -> Value {
    json!({
        "orderLines": [
            { "name": "Socks <b>orange</b>", "id": "1", "totalAmount": 39_900, "totalAmountExcludingTax": 31_920, "totalTaxAmount": 7_980,
              "taxRate": 2_500, "unitInfo": { "unitPrice": 19_950, "quantity": "2", "quantityUnit": "PCS" } },
            { "name": "Bag", "id": "2", "totalAmount": 10_000, "totalAmountExcludingTax": 8_000, "totalTaxAmount": 2_000,
              "taxRate": 2_500, "isReturn": true },
        ],
        "bottomLine": { "currency": "NOK", "tipAmount": 1_000, "posId": "till-7", "receiptNumber": "R-100",
            "barcode": { "format": "EAN-13", "data": "4003994155486" } },
    })
}

async fn call(stage: &Stage, method: &str, path: &str, body: &Value) {
    let answer = stage.shop.call(method, &format!("/order-management{path}"), &[], body.to_string()).await;
    assert!(matches!(answer.status, 200 | 201), "{path}: {}", answer.text());
}

async fn the_order_is_shown(words: &Words, texts: &[&str], category: &str, news: &str) {
    let stage = Stage::start().await;
    let wallet = stage.browser_that(Wishes { languages: words.asked, ..Wishes::default() }).await;
    let mut proposal = from_anybody(&stage, REFERENCE, 49_900);
    proposal["customer"] = json!({ "phoneNumber": PAYER });
    proposal["userFlow"] = json!("PUSH_MESSAGE");
    proposal["receipt"] = receipt();
    let created = stage.shop.post("/payments", REFERENCE, &proposal).await;
    assert_eq!(created.status, 201, "{}", created.text());
    open_request(&stage, &wallet, PAYER).await;
    wallet.ask("document.querySelector('main details').open = true").await;
    for text in texts {
        wallet.wait_for_text(text).await;
    }
    assert_eq!(axe(&wallet).await, [""; 0]);
    wallet.click_button(words.approve).await;
    wallet.wait_for_heading(words.done_ok).await;
    assert_eq!(state(&stage, REFERENCE).await, "AUTHORIZED");

    // Later: what comes while the payer looks at something else is told without a reload.
    wallet.go(&stage.url(&format!("/wallet/{PAYER}"))).await;
    stage.kasse.clock.advance(Span::seconds(5));
    let src = STANDARD.encode(testkit::pictures::png(200, 200));
    call(&stage, "POST", "/v1/images", &json!({ "imageId": "ticket-1", "src": src, "type": "base64" })).await;
    let button =
        json!({ "category": "TICKET", "orderDetailsUrl": "https://example.com/ticket", "imageId": "ticket-1" });
    call(&stage, "PUT", &format!("/v2/ecom/categories/{REFERENCE}"), &button).await;
    wallet.wait_for_text(news).await;
    assert_eq!(axe(&wallet).await, [""; 0]);
    wallet.click_link(news).await;
    for text in texts {
        wallet.wait_for_text(text).await;
    }
    assert!(wallet.offers(category).await, "{:?}", wallet.offered().await);
    let table = "const table = document.querySelector('table.receipt'); \
        return [table.querySelectorAll('thead th[scope=col]').length, table.querySelectorAll('tbody th[scope=row]').length]";
    assert_eq!(wallet.ask(table).await, json!([2, 2]), "a table with headers");
    let picture = "const picture = document.querySelector('img.picture'); return [picture.naturalWidth, picture.alt]";
    assert_eq!(wallet.ask(picture).await, json!([200, ""]), "the picture is there, and decoration");
    assert_eq!(
        wallet.ask("return document.querySelectorAll('main b').length").await,
        json!(0),
        "what a shop writes is text"
    );
    assert_eq!(axe(&wallet).await, [""; 0]);

    // Nobody else gets the picture.
    let address = wallet.ask("return document.querySelector('img.picture').src").await;
    let path = address.as_str().unwrap().strip_prefix(&stage.url("")).unwrap().to_owned();
    let answer = stage.kasse.http().send("GET", &path, &[], "").await;
    assert_ne!(answer.status, 200);
    stage.finish([wallet]).await;
}

#[tokio::test]
async fn in_english() {
    let texts = ["Socks <b>orange</b>", "2 × NOK 199.50", "VAT 25%", "NOK 309.00", "Tip", "R-100", "4003994155486"];
    the_order_is_shown(&ENGLISH, &texts, "Ticket", "New from Acme Demo Shop: Ticket").await;
}

#[tokio::test]
async fn in_norwegian() {
    let texts = ["Socks <b>orange</b>", "2 × 199,50 kr", "25 %", "309,00 kr", "R-100", "4003994155486"];
    the_order_is_shown(&NORWEGIAN, &texts, "Billett", "Nytt fra Acme Demo Shop: Billett").await;
}
