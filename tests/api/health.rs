//! `/livez` and `/readyz`.

use serde_json::json;
use testkit::Kasse;

#[tokio::test]
async fn a_running_server_lives_and_is_ready_and_says_no_more() {
    let kasse = Kasse::start().await;
    for (path, status) in [("/livez", "alive"), ("/readyz", "ready")] {
        let answer = kasse.http().send("GET", path, &[], "").await;
        assert_eq!((answer.status, answer.json()), (200, json!({ "status": status })));
        assert_eq!(answer.header("server"), None);
    }
    kasse.finish().await;
}
