//! `/assets/{version}/{name}` and what else the pages load.

use testkit::{Answer, Kasse};

async fn get(kasse: &Kasse, path: &str) -> Answer {
    kasse.http().send("GET", path, &[], "").await
}

/// The addresses of files that a page names.
fn named(page: &str) -> Vec<String> {
    page.split('"').filter(|part| part.starts_with("/assets/")).map(str::to_owned).collect()
}

#[tokio::test]
async fn everything_a_page_names_is_there_and_may_be_kept_for_a_year() {
    let kasse = Kasse::start().await;
    for page in ["/_kasse/test/gallery/phone", "/_kasse/test/gallery/inbox", "/docs", "/error?code=700016"] {
        let files = named(&get(&kasse, page).await.text());
        assert!(files.len() >= 2, "{page}: {files:?}");
        for file in files {
            let answer = get(&kasse, &file).await;
            assert_eq!(answer.status, 200, "{file}");
            assert_eq!(answer.header("cache-control"), Some("public, max-age=31536000, immutable"), "{file}");
            assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{file}");
            assert!(!answer.header("content-type").unwrap().starts_with("text/html"), "{file}");
        }
    }
    kasse.finish().await;
}

#[tokio::test]
async fn another_version_is_answered_but_not_kept_and_another_name_is_not_there() {
    let kasse = Kasse::start().await;
    let old = get(&kasse, "/assets/0123456789abcdef/kasse.css").await;
    assert_eq!((old.status, old.header("cache-control")), (200, Some("no-store")));
    for path in ["/assets/kasse.css", "/assets/0123456789abcdef/kasse.js", "/assets/0123456789abcdef/..%2fkasse.css"] {
        assert_eq!(get(&kasse, path).await.status, 404, "{path}");
    }
    kasse.finish().await;
}

#[tokio::test]
async fn the_wallet_can_be_installed_and_says_that_it_is_a_test() {
    let kasse = Kasse::start().await;
    let answer = get(&kasse, "/wallet/manifest.webmanifest").await;
    assert_eq!(answer.header("content-type"), Some("application/manifest+json"));
    let manifest = answer.json();
    assert_eq!((&manifest["start_url"], &manifest["scope"]), (&"/wallet".into(), &"/wallet".into()));
    assert!(manifest["name"].as_str().unwrap().contains("TEST"));
    for icon in manifest["icons"].as_array().unwrap() {
        let file = get(&kasse, icon["src"].as_str().unwrap()).await;
        assert_eq!((file.status, file.header("content-type")), (200, icon["type"].as_str()));
    }
    let page = get(&kasse, "/_kasse/test/gallery/inbox").await.text();
    let worker = page.split("data-worker=\"").nth(1).unwrap().split('"').next().unwrap();
    let worker = get(&kasse, worker).await;
    assert_eq!((worker.status, worker.header("cache-control")), (200, Some("no-cache")));
    assert_eq!(worker.header("content-type"), Some("text/javascript; charset=utf-8"));
    assert_eq!(worker.header("content-security-policy"), Some("default-src 'none'; connect-src 'self'"));
    kasse.finish().await;
}
