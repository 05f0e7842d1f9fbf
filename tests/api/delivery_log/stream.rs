//! `GET …/stream`: every attempt as it is made.

use domain::time::Span;
use serde_json::{Value, json};
use testkit::{Kasse, Shop, receivers::Receiver};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    // real time: what is waited for comes over a socket.
    time::timeout,
};

use super::{PATIENCE, registered};
use crate::partner_keys::{connect, new_partner};

/// A stream that is being read.
pub struct Stream {
    socket: TcpStream,
    pub read: String,
}

impl Stream {
    /// One that has begun.
    async fn open(kasse: &Kasse, shop: &Shop) -> Self {
        let mut stream = Self::ask(kasse, shop).await;
        stream.until("\n\n").await;
        assert!(stream.read.starts_with("HTTP/1.1 200 OK"), "{}", stream.read);
        stream
    }

    async fn ask(kasse: &Kasse, shop: &Shop) -> Self {
        Self::ask_for("/_kasse/webhooks/stream", kasse, shop).await
    }

    /// Any stream of a server's.
    pub async fn ask_for(path: &str, kasse: &Kasse, shop: &Shop) -> Self {
        let mut socket = TcpStream::connect(kasse.address()).await.unwrap();
        let msn = if shop.msn.is_empty() { String::new() } else { format!("Merchant-Serial-Number: {}\r\n", shop.msn) };
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: kasse\r\n{msn}Authorization: Bearer {}\r\nOcp-Apim-Subscription-Key: {}\r\n\r\n",
            shop.token, shop.subscription_key
        );
        socket.write_all(request.as_bytes()).await.unwrap();
        Self { socket, read: String::new() }
    }

    /// Reads on until this was read too.
    pub async fn until(&mut self, wanted: &str) {
        self.until_it(|read| read.contains(wanted)).await;
    }

    /// Reads on until what was read is as it is wanted; what is said only to break the silence counts for nothing.
    async fn until_it(&mut self, is_wanted: impl Fn(&str) -> bool) {
        let reading = async { while !is_wanted(&self.read) && self.more().await {} };
        let in_time = timeout(PATIENCE, reading).await.is_ok();
        assert!(is_wanted(&self.read), "in time: {in_time}: {}", self.read);
    }

    /// Reads on; false at the end.
    pub async fn more(&mut self) -> bool {
        let mut piece = vec![0; 64 * 1024];
        let count = timeout(PATIENCE, self.socket.read(&mut piece)).await.expect("something in time").unwrap();
        self.read.push_str(std::str::from_utf8(&piece[..count]).unwrap());
        count > 0
    }

    /// Everything that was told, once it is so much.
    pub async fn events(&mut self, count: usize) -> Vec<Value> {
        self.until_it(|read| told(read).len() >= count).await;
        told(&self.read)
    }
}

fn told(read: &str) -> Vec<Value> {
    let whole = read.split("data: ").skip(1).filter_map(|rest| rest.split_once("\n\n"));
    whole.map(|(data, _)| serde_json::from_str(data).unwrap()).collect()
}

#[tokio::test]
async fn each_attempt_is_told_once_with_its_delivery() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    let receiver = Receiver::start().await;
    registered(&shop, &receiver.url("/")).await;
    shop.create("before-order-1", 1000).await;
    super::until(async || super::list(&shop, "?state=delivered").await.pop()).await;
    let mut stream = Stream::open(&kasse, &shop).await;
    for header in ["content-type: text/event-stream", "cache-control: no-cache, no-transform", "x-accel-buffering: no"]
    {
        assert!(stream.read.to_lowercase().contains(header), "{}", stream.read);
    }
    shop.create("watched-order-1", 1000).await;
    shop.create("watched-order-2", 1000).await;
    let told = stream.events(2).await;
    let mut references: Vec<&str> = told.iter().map(|one| one["reference"].as_str().unwrap()).collect();
    references.sort_unstable();
    assert_eq!(references, ["watched-order-1", "watched-order-2"], "what was before is not told");
    for one in &told {
        assert_eq!(
            (&one["state"], &one["attempts"], &one["name"]),
            (&json!("delivered"), &json!(1), &json!("CREATED"))
        );
        assert_eq!((&one["attempt"]["number"], &one["attempt"]["status"]), (&json!(1), &json!(200)));
        assert!(one["attempt"]["ms"].is_u64() && one["attempt"]["time"].is_string(), "{one}");
        assert!(
            stream.read.contains(&format!("id: {}-1\nevent: attempt\n", one["id"].as_str().unwrap())),
            "{}",
            stream.read
        );
    }
    // Whoever was let in stays in, though the token lapses.
    kasse.clock.advance_wall(Span::minutes(120));
    let shop = Shop { token: shop.new_token().await, ..shop };
    shop.create("watched-order-3", 1000).await;
    let told = stream.events(3).await;
    assert_eq!(told.len(), 3, "each was told once");
    assert_eq!(told[2]["reference"], "watched-order-3");
    kasse.finish().await;
}

#[tokio::test]
async fn each_is_told_of_its_own() {
    let kasse = Kasse::start().await;
    let [shop, other] = [kasse.shop().await, kasse.new_shop(domain::merchant::Market::Norway).await];
    let (id, partner) = new_partner(&kasse).await;
    assert!(connect(&kasse, &shop, &id).await);
    let receiver = Receiver::start().await;
    let hooks = [registered(&shop, &receiver.url("/")).await, registered(&partner, &receiver.url("/")).await];
    let [mut of_shop, mut of_partner, mut of_other] =
        [Stream::open(&kasse, &shop).await, Stream::open(&kasse, &partner).await, Stream::open(&kasse, &other).await];
    registered(&other, &receiver.url("/")).await;
    shop.create("told-to-two-1", 1000).await;
    other.create("told-to-one-1", 1000).await;
    assert_eq!(of_shop.events(1).await[0]["webhookId"], json!(hooks[0]));
    assert_eq!(of_partner.events(1).await[0]["webhookId"], json!(hooks[1]));
    assert_eq!(of_other.events(1).await[0]["reference"], "told-to-one-1");
    kasse.finish().await;
}

#[tokio::test]
async fn it_ends_in_order_when_the_server_stops() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    let mut stream = Stream::open(&kasse, &shop).await;
    // It is asked there whether anything was cut off.
    kasse.finish().await;
    while stream.more().await {}
    assert!(stream.read.ends_with("\r\n0\r\n\r\n"), "{}", stream.read);
}

#[tokio::test]
async fn there_are_sixteen_of_one_and_whoever_goes_makes_room() {
    let kasse = Kasse::start().await;
    let [shop, other] = [kasse.shop().await, kasse.new_shop(domain::merchant::Market::Norway).await];
    let mut streams = Vec::new();
    for _ in 0..16 {
        streams.push(Stream::open(&kasse, &shop).await);
    }
    let mut refused = Stream::ask(&kasse, &shop).await;
    refused.until("}").await;
    assert!(refused.read.starts_with("HTTP/1.1 429"), "{}", refused.read);
    Stream::open(&kasse, &other).await;
    streams.pop();
    super::until(async || {
        let mut again = Stream::ask(&kasse, &shop).await;
        again.until("\r\n\r\n").await;
        again.read.starts_with("HTTP/1.1 200").then_some(())
    })
    .await;
    kasse.finish().await;
}
