//! The log canary: every place a caller can write to is filled with a value of its own, and none of them is ever logged, at any level.
//!
//! The server logs everything it has. What was sent is remembered in a [`Cage`], and the whole of standard error is searched for each value
//! once the server has stopped. Secrets and telephone numbers are searched for in refusals as well.

use std::{cell::RefCell, collections::HashMap, path::Path, process::Command};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use rusqlite::Connection;
use serde_json::json;
use testkit::{Answer, Http, Postgres, Shop};

use crate::{
    child::{Server, kasse, run},
    raw::Raw,
};

/// Every value that was sent, with where.
#[derive(Default)]
struct Cage(RefCell<HashMap<String, String>>);

impl Cage {
    /// A value nobody else sends: letters and digits, fit for every place.
    fn value(&self, place: &str) -> String {
        let value = format!("canary{:05}sings", self.0.borrow().len());
        self.keep(place, &value);
        value
    }

    /// A telephone number nobody else has.
    fn phone(&self, place: &str) -> String {
        let number = format!("4798{:06}", 731_000 + self.0.borrow().len());
        self.keep(place, &number);
        number
    }

    fn keep(&self, place: &str, value: &str) {
        self.0.borrow_mut().insert(value.to_owned(), place.to_owned());
    }

    /// Every value that is in the text, by the place it was sent in.
    fn escaped(&self, text: &str, of: impl Fn(&str) -> bool) -> Vec<String> {
        let text = text.to_lowercase();
        let sent = self.0.borrow();
        let found = sent.iter().filter(|(value, place)| of(place) && text.contains(&value.to_lowercase()));
        found.map(|(value, place)| format!("{place} ({value})")).collect()
    }
}

/// Every header a request may carry beyond its credentials, each with a value of its own.
const HEADERS: [&str; 24] = [
    "cookie",
    "user-agent",
    "referer",
    "origin",
    "forwarded",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-real-ip",
    "via",
    "traceparent",
    "tracestate",
    "baggage",
    "x-request-id",
    "x-correlation-id",
    "accept",
    "accept-language",
    "from",
    "if-none-match",
    "vipps-system-name",
    "vipps-system-version",
    "vipps-system-plugin-name",
    "vipps-system-plugin-version",
    "x-timestamp",
    "x-anything",
];

fn headers(cage: &Cage, call: &str) -> Vec<(&'static str, String)> {
    HEADERS.iter().map(|name| (*name, cage.value(&format!("header {name} of {call}")))).collect()
}

fn borrowed<'a>(headers: &'a [(&'a str, String)]) -> Vec<(&'a str, &'a str)> {
    headers.iter().map(|(name, value)| (*name, value.as_str())).collect()
}

/// A payment with a value of its own in every member, published or not.
fn proposal(cage: &Cage, reference: &str) -> serde_json::Value {
    let value = |place: &str| cage.value(&format!("member {place}"));
    json!({
        "amount": { "currency": "NOK", "value": 1000, value("name in amount"): value("in amount") },
        "paymentMethod": { "type": "WALLET", "unknown": value("in paymentMethod") },
        "customer": { "phoneNumber": cage.phone("telephone number"), "unknown": value("in customer") },
        "reference": reference,
        "returnUrl": format!("https://{}.example/{}?{}={}#{}", value("host"), value("path"), value("name"), value("query"), value("part")),
        "userFlow": "WEB_REDIRECT",
        "paymentDescription": value("paymentDescription"),
        "metadata": { value("name of metadata"): value("metadata"), "other": value("metadata") },
        "receipt": {
            "orderLines": [{
                "name": value("receipt"), "id": value("receipt"), "productUrl": value("receipt"), "taxRate": 2500,
                "totalAmount": 49_900, "totalAmountExcludingTax": 39_920, "totalTaxAmount": 9_980,
            }],
            "bottomLine": { "currency": "NOK", "posId": value("receipt"), "receiptNumber": value("receipt") },
        },
        "industryData": { value("industry"): [value("industry"), 1, null] },
        value("unknown name"): value("unknown value"),
    })
}

/// A whole life with good requests.
async fn good(cage: &Cage, shop: &Shop) {
    let reference = cage.value("reference");
    let path = format!("/epayment/v1/payments/{reference}");
    let call = async |method: &str, path: String, body: String| -> Answer {
        let mut all = headers(cage, &path);
        all.push(("idempotency-key", cage.value("header idempotency-key")));
        let answer = shop.call(method, &path, &borrowed(&all), body).await;
        assert!((200..300).contains(&answer.status), "{} {}", answer.status, answer.text());
        answer
    };
    let created = call("POST", "/epayment/v1/payments".to_owned(), proposal(cage, &reference).to_string()).await;
    let redirect = created.json()["redirectUrl"].as_str().unwrap().to_owned();
    let token = redirect.split_once("token=").unwrap().1;
    cage.keep("secret link token", token);
    let page = format!("/pay?{}={}&token={token}", cage.value("query name"), cage.value("query value"));
    assert_eq!(shop.http.send("GET", &page, &borrowed(&headers(cage, "page")), "").await.status, 200);
    let approve = json!({ "customer": { "phoneNumber": cage.phone("telephone number of approve") } }).to_string();
    call("POST", format!("/epayment/v1/test/payments/{reference}/approve"), approve).await;
    for (operation, value) in [("capture", 600), ("refund", 200)] {
        let mut body = Shop::modification(value);
        body[cage.value("unknown name")] = json!(cage.value("unknown value"));
        call("POST", format!("{path}/{operation}?{}", cage.value("query")), body.to_string()).await;
    }
    call("POST", format!("{path}/cancel"), json!({ "unknown": cage.value("in cancel") }).to_string()).await;
    call("GET", format!("{path}?{}={}", cage.value("query name"), cage.value("query value")), String::new()).await;
    call("GET", format!("{path}/events"), String::new()).await;
}

/// Registrations, good and bad, and what is asked of their log. What happens to payments from now on is sent to them.
async fn webhooks(cage: &Cage, shop: &Shop) -> Vec<Answer> {
    let value = |place: &str| cage.value(&format!("webhook's {place}"));
    let call = async |method: &str, path: &str, body: serde_json::Value| {
        let path = format!("{path}?{}={}", value("query name"), value("query value"));
        shop.call(method, &path, &borrowed(&headers(cage, "webhooks")), body.to_string()).await
    };
    let (register, log) = ("/webhooks/v1/webhooks", "/_kasse/webhooks");
    let events = ["epayments.payment.created.v1", "epayments.payment.captured.v1"];
    let mut ids = Vec::new();
    for url in [
        format!("http://127.0.0.1:9/{}?{}={}", value("path"), value("query"), value("query")),
        format!("http://{}.invalid/{}", value("host"), value("path")),
    ] {
        let body = json!({ "url": url, "events": events, value("unknown name"): value("unknown value") });
        let registered = call("POST", register, body).await;
        assert_eq!(registered.status, 201, "{}", registered.text());
        cage.keep("secret of a webhook", registered.json()["secret"].as_str().unwrap());
        ids.push(registered.json()["id"].as_str().unwrap().to_owned());
    }
    let tested = call("POST", &format!("{log}/{}/test", ids[0]), json!({ "event": events[0] })).await;
    assert_eq!(tested.status, 202, "{}", tested.text());
    let delivery = tested.json()["deliveries"][0].as_str().unwrap().to_owned();
    let mut answers = Vec::new();
    for (method, path, body) in [
        ("GET", register.to_owned(), json!({})),
        ("GET", format!("{log}/deliveries/{delivery}"), json!({})),
        (
            "POST",
            format!("{log}/deliveries/{delivery}/resend"),
            json!({ value("unknown name"): value("unknown value") }),
        ),
        ("POST", format!("{log}/resend"), json!({ "reference": value("reference") })),
        (
            "POST",
            format!("{log}/resend"),
            json!({ "webhookId": value("id"), "from": value("from"), "to": value("to") }),
        ),
        ("POST", format!("{log}/{}/test", ids[1]), json!({ "event": value("event") })),
        ("POST", format!("{log}/{}/test", value("id")), json!({ "event": events[0] })),
        ("DELETE", format!("{register}/{}", value("id")), json!({})),
        ("POST", register.to_owned(), json!({ "url": value("url"), "events": [value("event"), { value("name"): 1 }] })),
        ("POST", register.to_owned(), json!({ "url": [value("url")], "events": value("event") })),
        ("POST", register.to_owned(), json!(value("body"))),
        (
            "POST",
            register.to_owned(),
            json!({ "url": format!("https://{}:{}@example.com/", value("user"), value("password")), "events": events }),
        ),
    ] {
        answers.push(call(method, &path, body).await);
    }
    for query in ["reference", "webhookId", "state", "limit", "after"] {
        let path = format!("{log}/deliveries?{query}=%20{}", value("parameter"));
        answers.push(shop.call("GET", &path, &[], "").await);
    }
    answers
}

/// What is shown with orders, good and bad.
async fn orders(cage: &Cage, shop: &Shop) -> Vec<Answer> {
    let value = |place: &str| cage.value(&format!("order's {place}"));
    let call = async |method: &str, path: &str, body: serde_json::Value| {
        let path = format!("/order-management{path}?{}={}", value("query name"), value("query value"));
        shop.call(method, &path, &borrowed(&headers(cage, "orders")), body.to_string()).await
    };
    let (id, order) = (value("image"), value("id"));
    let picture = [testkit::pictures::png(200, 200), value("bytes behind the end").into_bytes()].concat();
    let image =
        json!({ "imageId": id, "src": STANDARD.encode(picture), "type": "base64", value("name"): value("value") });
    let category = json!({ "category": "TICKET", "orderDetailsUrl": format!("https://{}.example/{}", value("host"), value("path")),
                           "imageId": id });
    let receipt = json!({
        "orderLines": [{ "name": value("line"), "id": value("line"), "productUrl": value("line"), "taxRate": 0, "totalAmount": 1,
                         "totalAmountExcludingTax": 1, "totalTaxAmount": 0, value("name"): value("value") }],
        "bottomLine": { "currency": "NOK", "posId": value("till"), "receiptNumber": value("number"), "totalAmount": value("sum"),
                        "barcode": { "format": "CODE 128", "data": value("barcode") } },
    });
    let third =
        json!({ "orderId": order, "paymentType": "ECOM", "type": "TICKET", "url": category["orderDetailsUrl"] });
    let mut answers = Vec::new();
    for (method, path, body) in [
        ("POST", "/v1/images".to_owned(), &image),
        ("PUT", format!("/v2/ecom/categories/{order}"), &category),
        ("POST", format!("/v2/ecom/receipts/{order}"), &receipt),
        ("GET", format!("/v2/ecom/{order}"), &json!({})),
        ("POST", "/v3/categories".to_owned(), &third),
    ] {
        let answer = call(method, &path, body.clone()).await;
        assert!((200..300).contains(&answer.status), "{method} {path}: {}", answer.text());
    }
    let wrong = json!({
        "imageId": [value("image")], "src": value("src"), "type": value("type"), "category": value("kind"),
        "orderDetailsUrl": value("url"), "url": value("url"), "paymentType": value("type"), "orderId": { value("name"): 1 },
        "orderLines": [value("line"), { "name": [value("line")], "taxPercentage": value("rate"), "unitInfo": { "quantity": value("q") } }],
        "bottomLine": { "currency": value("currency"), "barcode": { "format": value("format"), "data": value("data") } },
    });
    for (method, path) in [
        ("POST", "/v1/images".to_owned()),
        ("PUT", format!("/v2/ecom/categories/{order}")),
        ("PUT", format!("/v2/{}/categories/%20{}", value("type"), value("id"))),
        ("POST", format!("/v2/ecom/receipts/{order}")),
        ("POST", "/v3/categories".to_owned()),
        ("GET", format!("/v3/categories/{}", value("id"))),
        ("DELETE", format!("/v3/categories/{}", value("id"))),
        ("GET", format!("/v2/ecom/{}", value("id"))),
        ("GET", format!("/v1/orders/{}", value("id"))),
    ] {
        for body in [&wrong, &json!(value("body")), &image, &receipt] {
            answers.push(call(method, &path, body.clone()).await);
        }
    }
    answers
}

/// Keys, tokens and numbers that are nobody's.
async fn strangers(cage: &Cage, shop: &Shop) -> Vec<Answer> {
    let mut answers = Vec::new();
    let secret = |place: &str| cage.value(&format!("secret {place}"));
    for wrong in ["client_id", "client_secret", "ocp-apim-subscription-key", "authorization", "none"] {
        let of = |name: &'static str, good: &str| (name, if name == wrong { secret(name) } else { good.to_owned() });
        let mut all = headers(cage, "token");
        all.extend([
            of("client_id", &shop.client_id),
            of("client_secret", &shop.client_secret),
            of("ocp-apim-subscription-key", &shop.subscription_key),
            ("authorization", format!("Basic {}", secret("basic"))),
        ]);
        let body = format!("grant_type={}&client_secret={}", secret("body"), secret("body"));
        let answer = shop.http.send("POST", "/accesstoken/get", &borrowed(&all), body).await;
        if let Some(token) = answer.json()["access_token"].as_str() {
            cage.keep("secret token", token);
        }
        answers.push(answer);
    }
    let path = format!("/epayment/v1/payments/{}", cage.value("reference"));
    let own = format!("Bearer {}", shop.token);
    for (authorization, key, msn) in [
        (format!("Bearer {}", secret("token")), shop.subscription_key.clone(), shop.msn.clone()),
        (format!("Bearer {}{}", shop.token, secret("token")), shop.subscription_key.clone(), shop.msn.clone()),
        (format!("{} {}", secret("scheme"), shop.token), shop.subscription_key.clone(), shop.msn.clone()),
        (own.clone(), secret("subscription key"), shop.msn.clone()),
        (own.clone(), shop.subscription_key.clone(), cage.value("msn")),
        (own, shop.subscription_key.clone(), "9182736450".to_owned()),
    ] {
        let mut all = headers(cage, "stranger");
        all.extend([
            ("authorization", authorization),
            ("ocp-apim-subscription-key", key),
            ("merchant-serial-number", msn),
        ]);
        answers.push(shop.http.send("GET", &path, &borrowed(&all), "").await);
    }
    answers
}

/// Bodies that are refused: each member wrong in its own way, and bodies that are no JSON at all.
async fn mistakes(cage: &Cage, shop: &Shop) -> Vec<Answer> {
    let mut bodies: Vec<String> = Vec::new();
    let whole = proposal(cage, &cage.value("reference"));
    for member in whole.as_object().unwrap().keys() {
        for wrong in
            [json!(cage.value(member)), json!([cage.value(member)]), json!({ cage.value(member): cage.value(member) })]
        {
            let mut body = proposal(cage, &cage.value("reference"));
            body[member] = wrong;
            bodies.push(body.to_string());
        }
    }
    for (outer, inner) in
        [("amount", "value"), ("amount", "currency"), ("paymentMethod", "type"), ("customer", "phoneNumber")]
    {
        let mut body = proposal(cage, &cage.value("reference"));
        body[outer][inner] = json!(cage.value(inner));
        bodies.push(body.to_string());
        body[outer][inner] = json!(cage.phone("telephone number in a wrong place").parse::<i64>().unwrap());
        bodies.push(body.to_string());
    }
    bodies.push(format!("{{\"{}\": \"{}", cage.value("cut off"), cage.value("cut off")));
    bodies.push(format!("{} is no JSON", cage.value("no JSON")));
    bodies.push(format!("<{0}>{1}</{0}>", cage.value("XML"), cage.value("XML")));
    bodies.push(format!("\"{}\"", cage.value("text")));
    bodies.push(format!("{}\"{}\"{}", "[".repeat(200), cage.value("deep"), "]".repeat(200)));
    bodies.push(format!("{{\"a\": \"{}\", \"a\": \"{}\"}}", cage.value("twice"), cage.value("twice")));
    bodies.push(format!("{{\"{}\": \"{}\"}}", cage.value("large"), "x".repeat(2_000_000)));
    let mut answers = Vec::new();
    for body in bodies {
        let mut all = headers(cage, "mistake");
        all.push(("idempotency-key", cage.value("header idempotency-key")));
        answers.extend(shop.try_call("POST", "/epayment/v1/payments", &borrowed(&all), body.clone()).await);
        let path = format!("/epayment/v1/payments/{}/capture", cage.value("reference"));
        answers.extend(shop.try_call("POST", &path, &borrowed(&all), body).await);
    }
    let (key, body) = ("x".repeat(60) + &cage.value("long key"), proposal(cage, "good-reference").to_string());
    answers.push(shop.call("POST", "/epayment/v1/payments", &[("idempotency-key", &key)], body.clone()).await);
    answers
        .push(shop.call("POST", "/epayment/v1/payments", &[("content-encoding", &cage.value("encoding"))], body).await);
    answers
}

/// Paths, queries and methods that are nobody's.
async fn lost(cage: &Cage, shop: &Shop) -> Vec<Answer> {
    let mut answers = Vec::new();
    for method in ["GET", "POST", "PUT", "DELETE", "OPTIONS", &cage.value("method").to_uppercase()] {
        for path in [
            format!("/{}", cage.value("path")),
            format!("//{}//{}", cage.value("path"), cage.value("path")),
            format!("/epayment/v1/{}?{}", cage.value("path"), cage.value("query")),
            format!("/epayment/v1/payments/{}%20{}%", cage.value("reference"), cage.value("reference")),
            format!("/epayment/v1/payments/{}/{}", cage.value("reference"), cage.value("operation")),
            format!("/pay?token={}", cage.value("link")),
            format!("/pay/{}?token=1.{}.2", cage.value("path"), cage.value("link")),
            format!("/accesstoken/get?client_secret={}", cage.value("query")),
            format!("/readyz?{}", cage.value("query")),
            format!("/{}/{}", cage.value("long"), "x".repeat(9000)),
        ] {
            answers.extend(shop.try_call(method, &path, &borrowed(&headers(cage, "lost")), "").await);
        }
    }
    answers
}

/// Bytes that are hardly HTTP.
fn noise(cage: &Cage, server: &Server) {
    let value = |place: &str| cage.value(&format!("bytes: {place}"));
    for bytes in [
        format!("{} {} HTTP/1.1\r\n\r\n", value("method"), value("address")),
        format!("GET /{} HTTP/9.9\r\nHost: {}\r\n\r\n", value("path"), value("host")),
        format!("GET / HTTP/1.1\r\n{}\r\n\r\n", value("no colon")),
        format!("GET / HTTP/1.1\r\n{} {}: x\r\n\r\n", value("name"), value("name")),
        format!("GET / HTTP/1.1\r\nHost: a\r\nX: {}\u{1}\r\n\r\n", value("control")),
        format!("GET / HTTP/1.1\r\nHost: a\r\nX: {}ø\r\n\r\n", value("not ASCII")),
        format!("POST /{} HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n\r\n", value("path"), value("length")),
        format!(
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n{}",
            value("body")
        ),
        format!("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: {}\r\n\r\n", value("encoding")),
        format!(
            "POST /accesstoken/get HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n{}\r\n",
            value("chunk")
        ),
        format!("GET / HTTP/1.1\r\nHost: a\r\nExpect: {}\r\n\r\n", value("expect")),
        format!("GET http://{}:{}@host/ HTTP/1.1\r\nHost: a\r\n\r\n", value("user"), value("password")),
        format!("CONNECT {}:1 HTTP/1.1\r\nHost: a\r\n\r\n", value("tunnel")),
        format!("GET / HTTP/1.1\r\nHost: a\r\nX: {}{}\r\n\r\n", value("large"), "x".repeat(40_000)),
        format!("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n{}", value("frames")),
        format!("\u{16}\u{3}\u{1}{}\r\n\r\n", value("TLS")),
        format!(
            "GET /{} HTTP/1.1\r\nHost: a\r\nUpgrade: {}\r\nConnection: upgrade\r\n\r\n",
            value("path"),
            value("upgrade")
        ),
    ] {
        let mut raw = Raw::connect(server.address);
        raw.send(bytes);
        raw.end();
        raw.rest();
    }
}

/// Where a server keeps everything.
enum Place {
    Directory,
    /// A database of this name in the server all tests share.
    Database(String),
}

impl Place {
    fn database() -> Self {
        let url = Postgres::shared().database();
        Self::Database(url.split(['/', '?']).nth(3).unwrap().to_owned())
    }

    fn kasse(&self, home: &Path) -> Command {
        let mut command = kasse(home);
        if let Self::Database(name) = self {
            command.env("KASSE_DATABASE_URL", Postgres::shared().url(name));
        }
        command
    }

    /// How rows come to say what makes no sense: `?1` stands for it.
    const fn damages(&self) -> [&'static str; 6] {
        match self {
            Self::Directory => [
                "terms = json_set(terms, '$.customer_present', ?1)",
                "terms = json_set(terms, '$.return_url', ?1)",
                "terms = ?1",
                "state = ?1",
                "currency = ?1",
                "authorization = json_set(authorization, '$.amount', ?1)",
            ],
            Self::Database(_) => [
                "terms = jsonb_set(terms::jsonb, '{customer_present}', to_jsonb(?1::text))::text",
                "terms = jsonb_set(terms::jsonb, '{return_url}', to_jsonb(?1::text))::text",
                "terms = ?1",
                "state = ?1",
                "currency = ?1",
                "\"authorization\" = jsonb_set(\"authorization\"::jsonb, '{amount}', to_jsonb(?1::text))::text",
            ],
        }
    }

    fn damage(&self, home: &Path, damage: &str, value: &str, reference: &str) {
        match self {
            Self::Directory => {
                let database = Connection::open(home.join("kasse-data/kasse.db")).unwrap();
                database.execute_batch("pragma ignore_check_constraints = on").unwrap();
                let sql = format!("update payments set {damage} where reference = ?2");
                assert_eq!(database.execute(&sql, [value, reference]).unwrap(), 1);
            }
            Self::Database(name) => {
                let without_checks = "do $$ declare found record; begin
                     for found in select conname from pg_constraint where contype = 'c' and conrelid = 'kasse.payments'::regclass
                     loop execute format('alter table kasse.payments drop constraint %I', found.conname); end loop; end $$";
                Postgres::shared().run(name, without_checks);
                let damage = damage.replace("?1", &format!("'{value}'"));
                let sql = format!("update kasse.payments set {damage} where reference = '{reference}' returning 1");
                assert_eq!(Postgres::shared().run(name, &sql), "1");
            }
        }
    }
}

/// Rows that can no longer be understood and say the unspeakable.
async fn broken(cage: &Cage, shop: &Shop, place: &Place, home: &Path) -> Vec<Answer> {
    let mut answers = Vec::new();
    for damage in place.damages() {
        let reference = cage.value("reference");
        shop.authorized(&reference, 1000).await;
        place.damage(home, damage, &cage.value(&format!("row: {damage}")), &reference);
        let capture = shop.capture(&reference, &cage.value("header idempotency-key"), 100).await;
        assert!(capture.status >= 500, "{damage}: {}", capture.text());
        answers.push(capture);
        answers.push(shop.get(&format!("/payments/{reference}")).await);
    }
    answers
}

async fn nothing_escapes(format: &str, place: Place) {
    let home = tempfile::tempdir().unwrap();
    let cage = Cage::default();
    let name = cage.value("name of a sales unit");
    let create = ["--mode", "sandbox", "sales-unit", "create", "--market", "NO", "--json", "--name", &name];
    let made = run(place.kasse(home.path()).args(create));
    assert_eq!(made.status.code(), Some(0), "{}", made.stderr);
    let keys: HashMap<String, String> = serde_json::from_str(&made.stdout).unwrap();
    for secret in ["clientSecret", "subscriptionKey", "secondarySubscriptionKey"] {
        cage.keep(&format!("secret {secret}"), &keys[secret]);
    }
    // Behind a declared proxy more of what callers write is read.
    let everything = ["--log", "trace", "--log-format", format, "--rate-limits", "off", "--proxy", "127.0.0.1"];
    let server = Server::start(place.kasse(home.path()).args(everything));
    let (msn, id, secret) = (&keys["merchantSerialNumber"], &keys["clientId"], &keys["clientSecret"]);
    let shop = Shop::with_keys(Http::new(server.address), msn, id, secret, &keys["subscriptionKey"]).await;
    cage.keep("secret token", &shop.token);

    let mut answers = webhooks(&cage, &shop).await;
    good(&cage, &shop).await;
    answers.extend(orders(&cage, &shop).await);
    answers.extend(strangers(&cage, &shop).await);
    answers.extend(mistakes(&cage, &shop).await);
    answers.extend(lost(&cage, &shop).await);
    answers.extend(broken(&cage, &shop, &place, home.path()).await);
    noise(&cage, &server);
    let log = server.stop().stderr;

    let requests = log.matches("kasse::request").count();
    assert!(requests > 200, "{requests} requests were logged");
    let escaped = cage.escaped(&log, |_| true);
    assert!(escaped.is_empty(), "{} of {}: {escaped:#?}", escaped.len(), cage.0.borrow().len());
    let refusals: String = answers.iter().filter(|answer| answer.status >= 400).map(Answer::text).collect();
    assert!(refusals.len() > 10_000, "{refusals}");
    let is_private = |place: &str| ["secret", "telephone", "header", "row"].iter().any(|word| place.starts_with(word));
    let escaped = cage.escaped(&refusals, is_private);
    assert!(escaped.is_empty(), "{escaped:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_a_caller_wrote_is_logged_at_any_level() {
    nothing_escapes("text", Place::Directory).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_a_caller_wrote_is_logged_for_machines_either() {
    nothing_escapes("json", Place::Directory).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_a_caller_wrote_is_logged_with_a_database_either() {
    nothing_escapes("text", Place::database()).await;
}
