//! `/order-management/v1/images`: what is a picture, and what of it is kept.

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, STANDARD_NO_PAD},
};
use domain::{
    merchant::Market,
    order::image::MediaType,
    text::{ImageId, Msn},
};
use engine::Image;
use serde_json::{Value, json};
use testkit::{
    Answer, Kasse, Setup, Shop,
    pictures::{jpeg, jpeg_segment, png, png_chunk, png_header, png_of, png_of_bytes},
};

use crate::order_management::{call, detail, image, invalid};

const BYTES_MAX: usize = 2 * 1024 * 1024;
const BODY_BYTES_MAX: usize = 4 * 1024 * 1024;

async fn add(shop: &Shop, id: &str, file: &[u8]) -> Answer {
    call(shop, "POST", "/v1/images", &image(id, file)).await
}

/// What is kept under a name.
async fn kept(kasse: &Kasse, shop: &Shop, id: &str) -> Option<Image> {
    let (msn, id) = (Msn::parse(&shop.msn).unwrap(), ImageId::parse(id).unwrap());
    kasse.engine().image(&msn, &id).await.unwrap()
}

#[tokio::test]
async fn a_picture_is_added_once_and_found_by_its_name() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    let (first, second) = (png(300, 200), jpeg(200, 300));
    for (id, file) in [("socks-orange-123", &first), ("A.b_c-9", &second), (&"5f".repeat(64), &first)] {
        let added = add(&shop, id, file).await;
        assert_eq!((added.status, added.json()), (200, json!({ "imageId": id })), "{}", added.text());
    }
    let found = kept(&kasse, &shop, "socks-orange-123").await.unwrap();
    let (picture, bytes) = (found.picture, found.bytes);
    assert_eq!((picture.media_type, picture.width, picture.height), (MediaType::Png, 300, 200));
    assert_eq!(bytes, first);
    let found = kept(&kasse, &shop, "A.b_c-9").await.unwrap();
    assert_eq!((found.picture.media_type.name(), found.bytes), ("image/jpeg", second.clone().into()));
    for file in [&first, &second] {
        let again = add(&shop, "socks-orange-123", file).await;
        assert_eq!((again.status, again.json()["title"].as_str()), (409, Some("Conflict")));
        assert!(detail(&again).starts_with("Duplicate imageId: socks-orange-123"), "{}", again.text());
        assert!(detail(&again).contains("duplicate"), "in whichever case a client looks for it");
    }
    assert_eq!(kept(&kasse, &shop, "socks-orange-123").await.unwrap().bytes, first, "the first stays");
    kasse.finish().await;
}

#[tokio::test]
async fn a_slash_may_follow_and_padding_may_be_left_out() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    let filled = |more: usize| [png(300, 200), vec![0; more]].concat();
    let file =
        (0..3).map(filled).find(|file| STANDARD.encode(file).ends_with("==")).expect("a file whose text is padded");
    for (path, src) in [("/v1/images/", STANDARD.encode(&file)), ("/v1/images", STANDARD_NO_PAD.encode(&file))] {
        let id = format!("slash-{}", path.len());
        let added = call(&shop, "POST", path, &json!({ "imageId": id, "src": src, "type": "base64" })).await;
        assert_eq!(added.status, 200, "{path}: {}", added.text());
    }
    kasse.finish().await;
}

#[tokio::test]
async fn every_field_keeps_its_rule_and_all_are_told_at_once() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    let long = "i".repeat(129);
    let gif = STANDARD.encode(b"GIF89a\x01\x00\x01\x00");
    for (name, value) in [
        ("imageId", Value::Null),
        ("imageId", json!("")),
        ("imageId", json!(long)),
        ("imageId", json!("a b")),
        ("imageId", json!("a/b")),
        ("imageId", json!("æ")),
        ("imageId", json!(".")),
        ("imageId", json!("..")),
        ("imageId", json!(["a"])),
        ("type", Value::Null),
        ("type", json!("url")),
        ("type", json!("BASE64")),
        ("type", json!(true)),
        ("src", Value::Null),
        ("src", json!("")),
        ("src", json!(false)),
        ("src", json!("https://example.com/socks.png")),
        ("src", json!(format!("data:image/png;base64,{}", STANDARD.encode(png(300, 200))))),
        ("src", json!(format!("{}!", STANDARD.encode(png(300, 200))))),
        ("src", json!(format!(" {}", STANDARD.encode(png(300, 200))))),
        ("src", json!("a3NhbGZuc2FrbGZubGthc25ma2Fuc2ZsYXNuZmxrYXNuZmw=")),
        ("src", json!(gif)),
    ] {
        let mut body = image("rules-1", &png(300, 200));
        body[name] = value.clone();
        let refused = call(&shop, "POST", "/v1/images", &body).await;
        assert_eq!((refused.status, invalid(&refused)), (400, vec![name.to_owned()]), "{name} = {value}");
        assert!(!detail(&refused).to_lowercase().contains("duplicate"), "that would count as success");
    }
    let nothing = call(&shop, "POST", "/v1/images", &json!({})).await;
    assert_eq!((nothing.status, invalid(&nothing)), (400, ["imageId", "src", "type"].map(str::to_owned).to_vec()));
    assert_eq!(detail(&nothing), "The imageId field is required.", "the first, where a client shows nothing else");
    let longest = "i".repeat(128);
    assert_eq!(add(&shop, &longest, &png(300, 200)).await.status, 200);
    assert_eq!(add(&shop, "rules-1", &png(300, 200)).await.status, 200, "nothing that was refused is there");
    kasse.finish().await;
}

#[tokio::test]
async fn a_picture_has_its_limits_and_each_is_named_by_the_word_clients_look_for() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    for (count, (file, word)) in [
        (png(167, 167), None),
        (png(167, 166), Some("height")),
        (jpeg(1, 167), None),
        (jpeg(400, 166), Some("height")),
        (png(4096, 200), None),
        (png(4097, 200), Some("size")),
        (jpeg(200, 4096), None),
        (jpeg(200, 4097), Some("size")),
        (png(4000, 4000), None),
        (png(4000, 4001), Some("size")),
        (png(50_000, 50_000), Some("size")),
        (png_of(&[png_header(50_000, 50_000)]), Some("size")),
        (png_of_bytes(300, 200, BYTES_MAX), None),
        (png_of_bytes(300, 200, BYTES_MAX + 1), Some("size")),
        ([png(300, 200), vec![0; BYTES_MAX]].concat(), Some("size")),
    ]
    .into_iter()
    .enumerate()
    {
        let id = format!("limits-{count}");
        let answer = add(&shop, &id, &file).await;
        match word {
            None => assert_eq!(answer.status, 200, "{id}: {}", answer.text()),
            Some(word) => {
                assert_eq!((answer.status, invalid(&answer)), (400, vec!["src".to_owned()]), "{id}");
                assert!(detail(&answer).contains(word), "{id}: {}", detail(&answer));
            }
        }
        assert_eq!(kept(&kasse, &shop, &id).await.is_some(), word.is_none(), "{id}");
    }
    kasse.finish().await;
}

#[tokio::test]
async fn the_least_height_is_a_setting() {
    for (least, taken, refused) in [(0, 1, None), (32, 32, Some(31)), (4096, 4096, Some(4095))] {
        let kasse = Kasse::with(Setup { image_height_min: least, ..Setup::default() }).await;
        let shop = kasse.shop().await;
        assert_eq!(add(&shop, "taken", &png(1, taken)).await.status, 200, "{least}");
        if let Some(height) = refused {
            let refused = add(&shop, "refused", &png(1, height)).await;
            assert!(refused.status == 400 && detail(&refused).contains("height"), "{}", refused.text());
        }
        kasse.finish().await;
    }
}

#[tokio::test]
async fn a_body_may_be_larger_than_elsewhere_and_holds_at_both_edges() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    let body = image("body-1", &png(300, 200)).to_string();
    let padded = |bytes: usize| body.clone() + &" ".repeat(bytes - body.len());
    let send = async |body: String| shop.call("POST", "/order-management/v1/images", &[], body).await;
    assert_eq!(send(padded(BODY_BYTES_MAX)).await.status, 200);
    let refused = send(padded(BODY_BYTES_MAX + 1)).await;
    assert_eq!((refused.status, refused.json()["statusCode"].as_u64()), (413, Some(413)));
    // A picture that is somewhat too large is told so, and not that its request is.
    let large = add(&shop, "body-2", &png_of_bytes(300, 200, BYTES_MAX * 7 / 5)).await;
    assert!(large.status == 400 && detail(&large).contains("size"), "{}", large.text());
    kasse.finish().await;
}

#[tokio::test]
async fn what_hides_behind_the_end_is_neither_stored_nor_served() {
    const HIDDEN: &[u8] = b"<html><script>alert(1)</script></html>";
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    for (count, file) in [png(300, 200), jpeg(300, 200)].into_iter().enumerate() {
        let hidden = [HIDDEN.to_vec(), png(900, 900), jpeg(900, 900), b"PK\x03\x04".to_vec(), vec![0; 100_000]];
        for (more, hidden) in hidden.into_iter().enumerate() {
            let id = format!("behind-{count}-{more}");
            assert_eq!(add(&shop, &id, &[file.clone(), hidden].concat()).await.status, 200, "{id}");
            let found = kept(&kasse, &shop, &id).await.unwrap();
            assert_eq!((found.bytes, found.picture.width), (file.clone().into(), 300), "{id}");
        }
    }
    kasse.finish().await;
}

#[tokio::test]
async fn what_lies_about_itself_or_breaks_off_is_refused() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    let (good_png, good_jpeg) = (png(300, 200), jpeg(300, 200));
    let end = png_chunk(b"IEND", b"");
    let mut lying = good_png.clone();
    lying[19] ^= 1;
    let mut longer = good_png.clone();
    longer[36] += 1;
    let mut without_end = good_jpeg.clone();
    without_end.truncate(good_jpeg.len() - 2);
    let polyglot = [b"\xff\xd8\xff\xe0".to_vec(), b"<script>".to_vec(), good_jpeg.clone()].concat();
    for (what, file) in [
        ("a header whose checksum is of another", lying),
        ("a chunk that claims more", longer),
        ("a PNG without its end", good_png[..good_png.len() - end.len()].to_vec()),
        ("half a PNG", good_png[..good_png.len() / 2].to_vec()),
        ("a JPEG without its end", without_end),
        ("half a JPEG", good_jpeg[..good_jpeg.len() / 2].to_vec()),
        ("a PNG without a picture", png_of(&[png_header(300, 200), end])),
        ("a JPEG without a picture", [&b"\xff\xd8"[..], &jpeg_segment(0xfe, b"!"), b"\xff\xd9"].concat()),
        ("a JPEG that is a page", polyglot),
        ("a PNG by its name alone", b"\x89PNG\r\n\x1a\n".to_vec()),
        ("no sides", png(0, 0)),
        ("an SVG", b"<svg xmlns=\"http://www.w3.org/2000/svg\" height=\"200\"/>".to_vec()),
        ("a WebP", b"RIFF\x24\0\0\0WEBPVP8 ".to_vec()),
    ] {
        let refused = add(&shop, "liar", &file).await;
        assert_eq!((refused.status, invalid(&refused)), (400, vec!["src".to_owned()]), "{what}");
        assert!(detail(&refused).starts_with("The field src must be a"), "{what}: {}", detail(&refused));
    }
    assert_eq!(kept(&kasse, &shop, "liar").await, None);
    kasse.finish().await;
}

#[tokio::test]
async fn an_image_belongs_to_its_sales_unit() {
    let kasse = Kasse::start().await;
    let (ours, theirs) = (kasse.shop().await, kasse.new_shop(Market::Denmark).await);
    assert_eq!(add(&ours, "socks", &png(300, 200)).await.status, 200);
    assert_eq!(kept(&kasse, &theirs, "socks").await, None);
    assert_eq!(add(&theirs, "socks", &png(400, 200)).await.status, 200, "no duplicate of anybody else's");
    assert_eq!(kept(&kasse, &ours, "socks").await.unwrap().picture.width, 300);
    assert_eq!(kept(&kasse, &theirs, "socks").await.unwrap().picture.width, 400);
    kasse.finish().await;
}
