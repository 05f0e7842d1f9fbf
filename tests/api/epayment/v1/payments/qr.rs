//! `userFlow` QR: what a shop is handed, read as a scanner reads it.

use domain::time::Span;
use serde_json::{Value, json};
use testkit::{Answer, Kasse, Shop};

async fn ask(shop: &Shop, reference: &str, format: Value) -> Answer {
    let mut proposal = Shop::proposal(reference, 1000);
    proposal["userFlow"] = json!("QR");
    proposal["qrFormat"] = format;
    proposal.as_object_mut().unwrap().remove("returnUrl");
    shop.post("/payments", reference, &proposal).await
}

async fn open(kasse: &Kasse, url: &str) -> Answer {
    let path = url.strip_prefix(kasse.public_url()).unwrap_or_else(|| panic!("{url} is not ours"));
    kasse.http().send("GET", path, &[], "").await
}

/// What a scanner reads from a square of pixels.
fn scanned(side: usize, is_dark: impl Fn(usize, usize) -> bool) -> String {
    let level = |x, y| if is_dark(x, y) { 0 } else { 255 };
    let mut image = rqrr::PreparedImage::prepare_from_greyscale(side, side, level);
    let grids = image.detect_grids();
    assert_eq!(grids.len(), 1, "one code in the picture");
    let (meta, text) = grids[0].decode().expect("a readable code");
    assert_eq!(meta.ecc_level, 0, "level M");
    text
}

/// The pixels of a PNG of two bits a pixel.
fn png_pixels(bytes: &[u8]) -> (usize, Vec<u8>) {
    let mut reader = png::Decoder::new(std::io::Cursor::new(bytes)).read_info().expect("a PNG");
    let mut packed = vec![0; reader.output_buffer_size().unwrap()];
    let frame = reader.next_frame(&mut packed).expect("pixels");
    assert_eq!((frame.width, frame.bit_depth), (frame.height, png::BitDepth::Two));
    let side = usize::try_from(frame.width).unwrap();
    let pixel = |x: usize, y: usize| packed[y * frame.line_size + x / 4] >> ((3 - x % 4) * 2) & 3;
    let pixels = (0..side).flat_map(|y| (0..side).map(move |x| (x, y))).map(|(x, y)| pixel(x, y)).collect();
    (side, pixels)
}

fn scanned_png(bytes: &[u8]) -> (usize, String) {
    let (side, pixels) = png_pixels(bytes);
    (side, scanned(side, |x, y| pixels[y * side + x] == 0))
}

/// Reads our own SVG: a module is a unit, drawn as `M{x} {y}h1v1h-1z`.
fn scanned_svg(text: &str) -> String {
    const SCALE: usize = 6;
    let side: usize = text.split("viewBox=\"0 0 ").nth(1).unwrap().split(' ').next().unwrap().parse().unwrap();
    let path = text.split("<path d=\"").nth(1).unwrap().split('"').next().unwrap();
    let dark: Vec<(usize, usize)> = path
        .split("h1v1h-1z")
        .filter_map(|module| {
            let (x, y) = module.strip_prefix('M')?.split_once(' ')?;
            Some((x.parse().unwrap(), y.parse().unwrap()))
        })
        .collect();
    assert!(dark.iter().all(|(x, y)| (4..side - 4).contains(x) && (4..side - 4).contains(y)), "a quiet border");
    scanned(side * SCALE, |x, y| dark.contains(&(x / SCALE, y / SCALE)))
}

#[tokio::test]
async fn without_a_format_it_is_a_picture_that_scales() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    for (reference, format) in [
        ("qr-svg-1", Value::Null),
        ("qr-svg-2", json!({ "format": "IMAGE/SVG+XML" })),
        ("qr-svg-3", json!({ "format": "IMAGE/SVG+XML", "size": 7 })),
    ] {
        let created = ask(&shop, reference, format).await;
        assert_eq!(created.status, 201, "{}", created.text());
        let url = created.json()["redirectUrl"].as_str().unwrap().to_owned();
        assert!(url.starts_with(&format!("{}/qr.svg?token=", kasse.public_url())), "{url}");
        let picture = open(&kasse, &url).await;
        assert_eq!((picture.status, picture.header("content-type")), (200, Some("image/svg+xml")));
        assert_eq!(picture.header("cache-control"), Some("private, max-age=600"));
        let text = scanned_svg(&picture.text());
        assert!(text.starts_with(&format!("{}/q/", kasse.public_url())), "{text}");
        assert_eq!(shop.get(&format!("/payments/{reference}")).await.json()["redirectUrl"], url);
    }
    kasse.finish().await;
}

#[tokio::test]
async fn a_bitmap_has_exactly_the_size_asked_for_at_both_edges() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    for (size, side) in [(json!(100), 100), (json!(333), 333), (json!(2000), 2000), (Value::Null, 1024)] {
        let reference = format!("qr-png-{side:04}");
        let created = ask(&shop, &reference, json!({ "format": "IMAGE/PNG", "size": size })).await;
        let url = created.json()["redirectUrl"].as_str().unwrap().to_owned();
        assert!(url.starts_with(&format!("{}/qr.png?token=", kasse.public_url())), "{url}");
        let picture = open(&kasse, &url).await;
        assert_eq!((picture.status, picture.header("content-type")), (200, Some("image/png")));
        let (found, text) = scanned_png(&picture.bytes);
        assert_eq!(found, side);
        assert!(text.starts_with(&format!("{}/q/", kasse.public_url())), "{text}");
    }
    for size in [json!(99), json!(2001), json!(-1), json!("1024"), json!(102.4)] {
        let refused = ask(&shop, "qr-png-bad-1", json!({ "format": "IMAGE/PNG", "size": size })).await;
        assert_eq!((refused.status, refused.violated()), (400, vec!["qrFormat.size".to_owned()]), "{size}");
    }
    for format in [json!({}), json!({ "format": "IMAGE/GIF" }), json!({ "size": 200 })] {
        let refused = ask(&shop, "qr-png-bad-1", format.clone()).await;
        assert_eq!((refused.status, refused.violated()), (400, vec!["qrFormat.format".to_owned()]), "{format}");
    }
    kasse.finish().await;
}

#[tokio::test]
async fn as_text_it_is_exactly_what_the_picture_would_hold() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    let created = ask(&shop, "qr-text-1", json!({ "format": "TEXT/TARGETURL" })).await;
    let url = created.json()["redirectUrl"].as_str().unwrap().to_owned();
    let id = url.strip_prefix(&format!("{}/q/", kasse.public_url())).expect("the short form");
    assert_eq!((id.len(), id.strip_suffix(&shop.msn).map(str::len)), (28, Some(22)), "a code and whose it is");
    let picture = open(&kasse, &format!("{}/qr.svg?token={id}", kasse.public_url())).await;
    assert_eq!(scanned_svg(&picture.text()), url, "the short name is as good as the token");
    let sent_on = open(&kasse, &url).await;
    assert_eq!(sent_on.status, 302);
    let page = sent_on.header("location").unwrap();
    assert!(page.starts_with(&format!("{}/pay?token=", kasse.public_url())), "{page}");
    let page = open(&kasse, page).await;
    assert!(page.status == 200 && page.text().contains("Acme Demo Shop"));
    let short = open(&kasse, &format!("{}/pay?token={id}", kasse.public_url())).await;
    assert!(short.status == 200 && short.text().contains("Acme Demo Shop"));
    kasse.finish().await;
}

#[tokio::test]
async fn it_is_approved_by_its_token_and_by_its_short_name_and_by_no_other() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    let mut links = Vec::new();
    for (reference, format) in [("qr-approve-1", "TEXT/TARGETURL"), ("qr-approve-2", "IMAGE/PNG")] {
        let created = ask(&shop, reference, json!({ "format": format })).await;
        let url = created.json()["redirectUrl"].as_str().unwrap().to_owned();
        links.push(url.rsplit(['/', '=']).next().unwrap().to_owned());
    }
    let approve = async |reference: &str, token: &str| {
        let path = format!("/test/payments/{reference}/approve");
        shop.post(&path, "ignored", &json!({ "token": token })).await.outcome()
    };
    assert_eq!(approve("qr-approve-1", &links[1]).await, "400 10010");
    assert_eq!(approve("qr-approve-2", &links[0]).await, "400 10010");
    assert_eq!(approve("qr-approve-1", &links[0]).await, "200");
    assert_eq!(approve("qr-approve-2", &links[1]).await, "200");
    kasse.finish().await;
}

#[tokio::test]
async fn once_it_is_over_the_picture_is_grey_and_a_day_later_gone() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    let svg = ask(&shop, "qr-over-svg", json!({ "format": "IMAGE/SVG+XML" })).await.json()["redirectUrl"].clone();
    let png = ask(&shop, "qr-over-png", json!({ "format": "IMAGE/PNG", "size": 200 })).await.json();
    let (svg, png) = (svg.as_str().unwrap(), png["redirectUrl"].as_str().unwrap());
    shop.cancel("qr-over-svg", "c").await;
    kasse.clock.advance(Span::minutes(10));
    let picture = open(&kasse, svg).await;
    assert_eq!((picture.status, picture.header("content-type")), (410, Some("image/svg+xml")));
    assert!(!picture.text().contains("h1v1h-1z"));
    let picture = open(&kasse, png).await;
    assert_eq!((picture.status, picture.header("content-type")), (410, Some("image/png")));
    let (side, pixels) = png_pixels(&picture.bytes);
    assert!(side == 200 && pixels.iter().all(|pixel| *pixel == 2), "one plain grey");
    kasse.clock.advance(Span::days(1));
    for url in [svg, png] {
        let page = open(&kasse, url).await;
        assert_eq!((page.status, page.header("content-type")), (404, Some("text/html; charset=utf-8")));
    }
    kasse.finish().await;
}

#[tokio::test]
async fn there_is_no_code_of_a_payment_that_is_not_scanned_and_none_of_nobody() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    let created = shop.create("no-qr-here-1", 1000).await.json();
    let token = created["redirectUrl"].as_str().unwrap().rsplit('=').next().unwrap().to_owned();
    for path in [
        format!("/qr.svg?token={token}"),
        format!("/qr.png?token={token}"),
        "/qr.svg".to_owned(),
        "/qr.png?token=".to_owned(),
        "/q/AAAAAAAAAAAAAAAAAAAAAA".to_owned(),
        "/q/AAAAAAAAAAAAAAAAAAAAAA123456".to_owned(),
        "/q/x".to_owned(),
        "/qr.svg?token=AAAAAAAAAAAAAAAAAAAAAA".to_owned(),
    ] {
        let page = kasse.http().send("GET", &path, &[], "").await;
        assert_eq!(page.status, 404, "{path}");
        assert!(page.text().contains("This payment link is no longer valid"), "{path}");
    }
    kasse.finish().await;
}

#[tokio::test]
async fn the_code_a_waiting_page_shows_is_there_for_as_long_as_its_link_leads_anywhere() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    let created = shop.create("qr-of-page-1", 1000).await.json();
    let link = created["redirectUrl"].as_str().unwrap();
    let picture = link.replace("/pay?", "/pay/qr.svg?");
    assert_eq!(scanned_svg(&open(&kasse, &picture).await.text()), link);
    shop.approve("qr-of-page-1").await;
    let loaded_late = open(&kasse, &picture).await;
    assert_eq!(loaded_late.status, 200, "the page asked for it before it knew");
    assert_eq!(scanned_svg(&loaded_late.text()), link);
    kasse.clock.advance(Span::minutes(10));
    kasse.clock.advance(Span::days(1));
    assert_eq!((open(&kasse, link).await.status, open(&kasse, &picture).await.status), (404, 404));
    kasse.finish().await;
}
