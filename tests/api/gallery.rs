//! `GET /_kasse/test/gallery`: every screen payers see.

use testkit::{Answer, Kasse, Setup};

const GALLERY: &str = "/_kasse/test/gallery/";

async fn get(kasse: &Kasse, path: &str, headers: &[(&str, &str)]) -> Answer {
    kasse.http().send("GET", path, headers, "").await
}

#[tokio::test]
async fn it_lists_every_screen_and_shows_each_in_the_language_asked_for() {
    let kasse = Kasse::start().await;
    let moved = get(&kasse, "/_kasse/test/gallery", &[]).await;
    assert_eq!((moved.status, moved.header("location")), (308, Some(GALLERY)));
    let list = get(&kasse, GALLERY, &[]).await.text();
    let links = list.split("<a href=\"").skip(1).filter_map(|part| part.split('"').next());
    let links: Vec<&str> = links.filter(|link| link.contains("?lang=")).collect();
    assert!(links.len() >= 5 * 60, "{}", links.len());
    for link in links {
        let page = get(&kasse, &format!("{GALLERY}{link}"), &[]).await;
        let tag = link.split("?lang=").nth(1).unwrap().replace("no", "nb");
        assert_eq!(page.status, 200, "{link}");
        assert!(page.text().contains(&format!("<html lang=\"{tag}\">")), "{link}");
        let policy = page.header("content-security-policy").unwrap();
        assert!(policy.contains("require-trusted-types-for 'script'") && !policy.contains("unsafe"), "{link}");
    }
    let page = get(&kasse, &format!("{GALLERY}phone"), &[("accept-language", "nn, en;q=0.5")]).await;
    assert!(page.text().contains("Telefonnummer"));
    assert_eq!(get(&kasse, &format!("{GALLERY}no-such-screen"), &[]).await.status, 404);
    kasse.finish().await;
}

#[tokio::test]
async fn production_has_neither_gallery_nor_wallet() {
    let kasse = Kasse::with(Setup { mode: store::Mode::Production, ..Setup::default() }).await;
    for path in [
        "/_kasse/test/gallery",
        GALLERY,
        "/_kasse/test/gallery/phone",
        "/wallet/manifest.webmanifest",
        "/wallet/worker.js",
    ] {
        assert_eq!(get(&kasse, path, &[]).await.status, 404, "{path}");
    }
    kasse.finish().await;
}
