//! Limits of a create, a capture and a refund, each on both sides of its edge.

use serde_json::{Value, json};
use testkit::{Answer, Kasse, Shop};

/// Where the value under test goes once the body is text: it may be a number no machine knows.
const HERE: &str = "\"here\"";

/// A member, the last value that is taken and the first that is not, both as they are written in JSON.
type Edge = (&'static str, String, String);

fn edge(member: &'static str, taken: impl ToString, refused: impl ToString) -> Edge {
    (member, taken.to_string(), refused.to_string())
}

/// A text of so many characters that fill two bytes each: characters are counted, not bytes.
fn text(characters: usize) -> String {
    format!("\"{}\"", "ø".repeat(characters))
}

fn receipt() -> Value {
    json!({
        "orderLines": [{
            "name": "Socks", "id": "1", "totalAmount": 1000, "totalAmountExcludingTax": 800, "totalTaxAmount": 200, "taxRate": 2500,
            "isReturn": true,
            "unitInfo": { "unitPrice": 1000, "quantity": "1", "quantityUnit": "PCS" },
        }],
        "bottomLine": { "currency": "NOK", "paymentSources": {} },
    })
}

fn option(id: usize) -> Value {
    json!({ "id": format!("option-{id}"), "amount": { "currency": "NOK", "value": 9900 }, "name": "A-post" })
}

fn group(ids: std::ops::Range<usize>) -> Value {
    json!({ "type": "MAILBOX", "brand": "OTHER", "options": ids.map(option).collect::<Vec<_>>() })
}

fn proposal(reference: &str) -> Value {
    let mut proposal = Shop::proposal(reference, 1000);
    proposal["profile"] = json!({ "scope": "name email phoneNumber address" });
    proposal["receipt"] = receipt();
    proposal["shipping"] = json!({ "fixedOptions": [group(0..1)] });
    proposal
}

/// Creates a payment with this value in the place of the member.
async fn with(shop: &Shop, reference: &str, member: &str, value: &str) -> Answer {
    let mut proposal = proposal(reference);
    let pointer = format!("/{}", member.replace("[0]", ".0").replace('.', "/"));
    let (holder, name) = pointer.rsplit_once('/').unwrap();
    proposal.pointer_mut(holder).unwrap()[name] = json!("here");
    let body = proposal.to_string().replacen(HERE, value, 1);
    shop.call("POST", "/epayment/v1/payments", &[("idempotency-key", reference)], body).await
}

/// Both values of every edge, sent.
async fn holds(edges: Vec<Edge>) {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    for (count, (member, taken, refused)) in edges.into_iter().enumerate() {
        let shown = |value: &str| format!("{member} = {}", value.chars().take(60).collect::<String>());
        let answer = with(&shop, &format!("within-{count:02}"), member, &taken).await;
        assert_eq!(answer.status, 201, "{}: {}", shown(&taken), answer.text());
        let answer = with(&shop, &format!("beyond-{count:02}"), member, &refused).await;
        assert_eq!((answer.status, answer.violated()), (400, vec![member.to_owned()]), "{}", shown(&refused));
        assert_eq!(answer.error_code(), None);
        assert_eq!(shop.get(&format!("/payments/beyond-{count:02}")).await.status, 404);
    }
    kasse.finish().await;
}

#[tokio::test]
async fn an_order_lines() {
    const NAME: &str = "receipt.orderLines[0].name";
    const ID: &str = "receipt.orderLines[0].id";
    const RATE: &str = "receipt.orderLines[0].taxRate";
    const PERCENTAGE: &str = "receipt.orderLines[0].taxPercentage";
    const QUANTITY: &str = "receipt.orderLines[0].unitInfo.quantity";
    holds(vec![
        edge(NAME, text(2048), text(2049)),
        edge(ID, text(255), text(256)),
        edge(QUANTITY, "\"1234567890\"", "\"12345678901\""),
        edge(QUANTITY, "\"1.12345678\"", "\"1.123456789\""),
        edge(QUANTITY, "\"12.1234567\"", "\"12.12345678\""),
        edge(RATE, 0, -1),
        edge(RATE, 10_000, 10_001),
        edge(PERCENTAGE, 0, -1),
        edge(PERCENTAGE, 100, 101),
        edge("receipt.orderLines[0].unitInfo.unitPrice", 0, -1),
        edge("receipt.orderLines[0].unitInfo.unitPrice", i64::MAX, i128::from(i64::MAX) + 1),
        edge("receipt.orderLines[0].discount", 0, -1),
        edge("receipt.orderLines[0].discount", i64::MAX, i128::from(i64::MAX) + 1),
    ])
    .await;
}

#[tokio::test]
async fn sums_of_a_receipt_which_are_as_large_as_a_machine_counts() {
    let (least, most) = (i128::from(i64::MIN), i128::from(i64::MAX));
    let mut edges =
        vec![edge("receipt.bottomLine.tipAmount", 0, -1), edge("receipt.bottomLine.tipAmount", most, most + 1)];
    for sum in [
        "receipt.orderLines[0].totalAmount",
        "receipt.orderLines[0].totalAmountExcludingTax",
        "receipt.orderLines[0].totalTaxAmount",
    ] {
        edges.extend([edge(sum, 0, -1), edge(sum, most, most + 1)]);
    }
    for sum in [
        "receipt.bottomLine.totalAmount",
        "receipt.bottomLine.totalTax",
        "receipt.bottomLine.totalDiscount",
        "receipt.bottomLine.shippingAmount",
    ] {
        edges.extend([edge(sum, least, least - 1), edge(sum, most, most + 1)]);
    }
    // A thousand was given back, so the most that may be paid otherwise is as much less.
    for sum in ["receipt.bottomLine.giftCardAmount", "receipt.bottomLine.paymentSources.card"] {
        edges.extend([edge(sum, least + 1, least - 1), edge(sum, most - 999, most + 1)]);
    }
    holds(edges).await;
}

#[tokio::test]
async fn lists() {
    let lines = |count: usize| Value::Array(vec![receipt()["orderLines"][0].clone(); count]);
    let groups = |count: usize| (0..count).map(|id| group(id..id + 1)).collect::<Value>();
    let options = |count: usize| group(0..count)["options"].clone();
    holds(vec![
        edge("receipt.orderLines", lines(1), lines(0)),
        edge("receipt.orderLines", lines(1000), lines(1001)),
        edge("shipping.fixedOptions", groups(100), groups(101)),
        edge("shipping.fixedOptions[0].options", options(100), options(101)),
    ])
    .await;
}

#[tokio::test]
async fn a_way_to_deliver() {
    let (least, most) = (i64::from(i32::MIN), i64::from(i32::MAX));
    let mut edges = vec![
        edge("shipping.fixedOptions[0].options[0].amount.value", 0, -1),
        edge("shipping.fixedOptions[0].options[0].amount.value", 65_000_000, 65_000_001),
    ];
    for priority in ["shipping.fixedOptions[0].priority", "shipping.fixedOptions[0].options[0].priority"] {
        edges.extend([edge(priority, least, least - 1), edge(priority, most, most + 1)]);
    }
    for member in ["shipping.fixedOptions[0].options[0].id", "shipping.fixedOptions[0].options[0].name"] {
        edges.extend([edge(member, text(1), text(0)), edge(member, text(255), text(256))]);
    }
    for member in ["shipping.fixedOptions[0].options[0].meta", "shipping.fixedOptions[0].options[0].estimatedDelivery"]
    {
        edges.push(edge(member, text(255), text(256)));
    }
    holds(edges).await;
}

#[tokio::test]
async fn the_address_of_a_receipt() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    for (characters, expected) in [(2500, "201"), (2501, "400 4090")] {
        let start = "https://example.com/";
        let address = format!("\"{start}{}\"", "a".repeat(characters - start.len()));
        let answer = with(&shop, &format!("receipt-{characters}"), "receiptUrl", &address).await;
        assert_eq!(answer.outcome(), expected, "{characters}");
    }
    kasse.finish().await;
}

#[tokio::test]
async fn what_is_captured_and_refunded_at_once() {
    const MOST: i64 = 65_000_000;
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    assert_eq!(shop.create("large-sum-0", MOST + 1).await.violated(), ["amount.value"]);
    shop.authorized("large-sum-1", MOST).await;
    assert_eq!(shop.capture("large-sum-1", "c", MOST + 1).await.violated(), ["modificationAmount.value"]);
    assert_eq!(shop.capture("large-sum-1", "c", MOST).await.status, 200);
    assert_eq!(shop.refund("large-sum-1", "r", MOST + 1).await.violated(), ["modificationAmount.value"]);
    assert_eq!(shop.refund("large-sum-1", "r", MOST).await.status, 200);
    assert_eq!(shop.standing("large-sum-1").await, "AUTHORIZED a=65000000 c=65000000 r=65000000 x=0");
    kasse.finish().await;
}
