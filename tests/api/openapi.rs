//! The documents of the APIs: what they describe is what is served.

use testkit::Kasse;

#[tokio::test]
async fn dump() {
    let kasse = Kasse::start().await;
    for name in ["access-token", "epayment", "userinfo"] {
        let answer = kasse.http().send("GET", &format!("/openapi/{name}.json"), &[], "").await;
        std::fs::write(format!("/tmp/openapi-{name}.json"), &answer.bytes).unwrap();
    }
    kasse.finish().await;
}
