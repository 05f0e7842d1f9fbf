//! What a document says of a request is what its reader judges: every field, by its type and its words.

use serde_json::{Value, json};
use testkit::{Kasse, Shop};

use super::{
    documents,
    schema::{kind_of, resolved},
};

/// Something in every field that is described; the two alternatives of `shipping` together, which is one violation more.
fn whole() -> Value {
    let option = json!({ "id": "home-1", "amount": { "currency": "NOK", "value": 0 }, "name": "A-post", "isDefault": true,
                         "priority": 1, "meta": "Keybox", "estimatedDelivery": "1-2 days" });
    let line = json!({ "name": "Socks", "id": "1", "totalAmount": 1000, "totalAmountExcludingTax": 800, "totalTaxAmount": 200,
                       "taxRate": 2500, "taxPercentage": 25, "discount": 0, "productUrl": "https://example.com/1",
                       "isReturn": false, "isShipping": false,
                       "unitInfo": { "unitPrice": 1000, "quantity": "1", "quantityUnit": "PCS" } });
    let bottom_line = json!({ "currency": "NOK", "tipAmount": 0, "posId": "1", "terminalId": "1", "receiptNumber": "1",
                              "paymentSources": { "giftCard": 0, "card": 0, "voucher": 0, "cash": 0 },
                              "barcode": { "format": "CODE 39", "data": "1" }, "giftCardAmount": 0, "totalAmount": 0,
                              "totalTax": 0, "totalDiscount": 0, "shippingAmount": 0,
                              "shippingInfo": { "amount": 0, "amountExcludingTax": 0, "taxAmount": 0, "taxPercentage": 0 } });
    let airline = json!({ "agencyInvoiceNumber": "1", "airlineCode": "074", "airlineDesignatorCode": "KL",
                          "passengerName": "FLYER", "ticketNumber": "1" });
    json!({
        "amount": { "currency": "NOK", "value": 1000 },
        "paymentMethod": { "type": "WALLET", "blockedSources": ["COMMERCIAL_CARDS"] },
        "reference": "every-field-1",
        "userFlow": "QR",
        "returnUrl": "https://example.com/",
        "customer": { "phoneNumber": "4712345678", "personalQr": "https://qr.example/p/1", "customerToken": "x" },
        "customerInteraction": "CUSTOMER_PRESENT",
        "minimumUserAge": 18,
        "paymentDescription": "One pair of socks",
        "profile": { "scope": "name" },
        "expiresAt": "2026-01-19T18:00:00Z",
        "qrFormat": { "format": "IMAGE/PNG", "size": 200 },
        "metadata": { "a": "b" },
        "receipt": { "orderLines": [line], "bottomLine": bottom_line },
        "receiptUrl": "https://example.com/",
        "industryData": { "airlineData": airline },
        "shipping": {
            "fixedOptions": [
                { "type": "MAILBOX", "brand": "OTHER", "options": [option], "isDefault": true, "priority": 1 },
            ],
            "dynamicOptions": { "callbackUrl": "https://example.com/", "callbackAuthorizationToken": "x" },
            "allowedCountries": ["NO"],
        },
    })
}

/// One place in a request: as a JSON pointer, as the path of a violation, and what is said of it.
struct Place {
    pointer: String,
    path: String,
    schema: Value,
}

/// Every place a schema describes, in a body that has something everywhere.
fn places(document: &Value, schema: &Value, pointer: &str, path: &str, found: &mut Vec<Place>) {
    let schema = resolved(document, schema);
    for (name, member) in schema["properties"].as_object().into_iter().flatten() {
        let pointer = format!("{pointer}/{name}");
        let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        found.push(Place { pointer: pointer.clone(), path: path.clone(), schema: resolved(document, member).clone() });
        places(document, member, &pointer, &path, found);
    }
    if !schema["items"].is_null() {
        let (pointer, path) = (format!("{pointer}/0"), format!("{path}[0]"));
        let element = resolved(document, &schema["items"]).clone();
        found.push(Place { pointer: pointer.clone(), path: path.clone(), schema: element });
        places(document, &schema["items"], &pointer, &path, found);
    }
}

async fn violated(shop: &Shop, pointer: &str, value: Value) -> Vec<String> {
    let mut body = whole();
    *body.pointer_mut(pointer).unwrap_or_else(|| panic!("nothing at {pointer}: put something there")) = value;
    shop.post("/payments", "every-field-1", &body).await.violated()
}

#[tokio::test]
async fn every_field_of_a_create_is_judged_by_its_type_and_its_words() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    let (_, document) = documents(&kasse).await.remove(1);
    let mut found = Vec::new();
    places(&document, &json!({ "$ref": "#/components/schemas/CreatePaymentRequest" }), "", "", &mut found);
    assert!(found.len() > 90, "only {} places", found.len());
    let good = shop.post("/payments", "every-field-1", &whole()).await.violated();
    assert_eq!(good, ["customer", "shipping"], "what is there twice, and nothing else");
    for Place { pointer, path, schema } in &found {
        let wrong = if kind_of(schema) == "string" { json!(true) } else { json!("wrong") };
        assert!(violated(&shop, pointer, wrong).await.contains(path), "{path} is not judged by its type");
        let Some(words) = schema["enum"].as_array() else { continue };
        assert!(violated(&shop, pointer, json!("WRONG")).await.contains(path), "{path} is any word");
        // Delivery costs the payment's currency, which is another rule.
        let is_cost = path.starts_with("shipping") && path.ends_with("currency");
        let words = words.iter().filter(|word| !is_cost || **word == "NOK");
        for word in words {
            let violated = violated(&shop, pointer, word.clone()).await;
            assert!(!violated.contains(path), "{path} may not be {word}");
        }
    }
    for required in ["amount", "paymentMethod", "reference", "userFlow"] {
        let mut body = whole();
        body.as_object_mut().unwrap().remove(required);
        let violated = shop.post("/payments", "every-field-1", &body).await.violated();
        assert!(violated.contains(&required.to_owned()), "{required} is not required");
    }
    assert_eq!(shop.get("/payments/every-field-1").await.status, 404, "nothing was created");
    kasse.finish().await;
}
