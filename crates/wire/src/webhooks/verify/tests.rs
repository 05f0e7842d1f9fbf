//! Each mistake is made once and has to be found, by whoever is sent the delivery and by whoever computed a value of his own.

use proptest::prelude::*;

use super::*;
use crate::webhooks::{
    date::imf_fixdate,
    signature::{Signed, sign},
    vectors::VECTORS,
};

const SECRET: &str = VECTORS[1].secret;
const URL: &str = VECTORS[1].url;
const BODY: &str = VECTORS[1].body;
const DATE_OF_IT: &str = VECTORS[1].date;
/// The moment of that date.
const SENT_AT: i64 = 1_768_839_993;

/// The body of a delivery that has everything to be written differently.
const LETTERS: &str =
    r#"{"reference":"acme/blå","name":"CAPTURED","amount":{"value":1,"currency":"NOK"},"list":[1,2]}"#;

fn signed(secret: &str, url: &str, body: &str) -> Signed {
    let target = Target::of(url).unwrap();
    sign(secret, &target.path_and_query, &target.host(), DATE_OF_IT, body.as_bytes())
}

fn headers(signed: &Signed) -> Headers<'_> {
    Headers::of(signed.headers())
}

/// What is found where a delivery was signed for this secret and address, and is checked with those.
#[track_caller]
fn found(sent: (&str, &str), checked: (&str, &str)) -> Diagnosis {
    let signed = signed(sent.0, sent.1, BODY);
    let secrets = [checked.0];
    diagnose(&received(checked.1, &secrets, headers(&signed), BODY)).unwrap_err()
}

fn received<'a>(url: &'a str, secrets: &'a [&'a str], headers: Headers<'a>, body: &'a str) -> Received<'a> {
    Received { url, secrets, headers, body: body.as_bytes(), now: Some(SENT_AT) }
}

/// What is found where somebody computed this signature, or header, for the delivery.
#[track_caller]
fn found_in(url: &str, body: &str, value: &str) -> Diagnosis {
    let signed = signed(SECRET, url, body);
    let received = received(url, &[SECRET], headers(&signed), body);
    assert_eq!(diagnose(&received), Ok(Verified { secret: 0 }));
    let diagnosis = diagnose_computed(&received, value).unwrap_err();
    let only_date = Headers { date: Some(DATE_OF_IT), ..Headers::default() };
    let alone = Received { headers: only_date, ..received };
    assert_eq!(diagnose_computed(&alone, value), Err(diagnosis.clone()), "without a signature to compare with");
    diagnosis
}

fn computed(mistake: Mistake) -> Diagnosis {
    Diagnosis::Computed { mistake, secret: 0 }
}

fn sent(mistake: Mistake) -> Diagnosis {
    Diagnosis::Sent { mistake, secret: 0 }
}

#[test]
fn every_vector_is_valid_by_either_header_and_among_other_secrets() {
    for vector in VECTORS {
        let signed = vector.sign();
        let all = headers(&signed);
        let secrets = ["", "another", vector.secret];
        for headers in [
            all,
            Headers { authorization: None, ..all },
            Headers { authorization_again: None, ..all },
            Headers { authorization: Some("Basic YTpi"), ..all },
        ] {
            let received = Received {
                url: vector.url,
                secrets: &secrets,
                headers,
                body: vector.body.as_bytes(),
                now: date::parse(vector.date),
            };
            assert_eq!(verify(&received), Ok(Verified { secret: 2 }));
            assert_eq!(diagnose(&received), Ok(Verified { secret: 2 }));
            assert_eq!(diagnose_computed(&received, vector.signature), Ok(Verified { secret: 2 }));
            assert_eq!(
                diagnose_computed(&received, &format!(" {}\n", signed.authorization)),
                Ok(Verified { secret: 2 })
            );
        }
    }
}

#[test]
fn a_delivery_that_lacks_something_names_it() {
    let signed = signed(SECRET, URL, BODY);
    let all = headers(&signed);
    for (headers, name) in [
        (Headers { date: None, ..all }, "x-ms-date"),
        (Headers { content_hash: None, ..all }, "x-ms-content-sha256"),
        (Headers { authorization: None, authorization_again: None, ..all }, "Authorization"),
    ] {
        let received = received(URL, &[SECRET], headers, BODY);
        assert_eq!(verify(&received), Err(Refused::MissingHeader(name)));
        assert_eq!(diagnose(&received), Err(Diagnosis::MissingHeader(name)));
    }
    let only_other = Headers { authorization: Some("Basic YTpi"), authorization_again: None, ..all };
    assert_eq!(diagnose(&received(URL, &[SECRET], only_other, BODY)), Err(Diagnosis::NoSignature));
    assert_eq!(diagnose(&received("shop.example.com/hook", &[SECRET], all, BODY)), Err(Diagnosis::UnreadableUrl));
    for secrets in [&[][..], &[""]] {
        let received = received(URL, secrets, all, BODY);
        assert_eq!(verify(&received), Err(Refused::WrongSignature));
        assert_eq!(diagnose(&received), Err(Diagnosis::NoSecret));
        assert_eq!(diagnose_computed(&received, "x"), Err(Diagnosis::NoSecret));
    }
}

#[test]
fn nobody_signs_with_an_empty_secret() {
    let signed = signed("", URL, BODY);
    assert_eq!(verify(&received(URL, &["", SECRET], headers(&signed), BODY)), Err(Refused::WrongSignature));
}

#[test]
fn the_names_of_headers_have_no_case_and_the_first_of_two_counts() {
    let headers = Headers::of([
        ("X-MS-Date", " a\t"),
        ("x-ms-date", "b"),
        ("X-Ms-Content-SHA256", "c"),
        ("AUTHORIZATION", "d"),
        ("x-vipps-authorization", "e"),
        ("Host", "f"),
        ("X-Original-URL", "g"),
        ("Content-Type", "h"),
    ]);
    let expected = Headers {
        date: Some("a"),
        content_hash: Some("c"),
        authorization: Some("d"),
        authorization_again: Some("e"),
        host: Some("f"),
        original_uri: Some("g"),
        ..Headers::default()
    };
    assert!(headers == expected);
}

#[test]
fn the_date_may_be_five_minutes_off_either_way() {
    let signed = signed(SECRET, URL, BODY);
    let at = |now| Received { now, ..received(URL, &[SECRET], headers(&signed), BODY) };
    for (off, is_good) in [(0, true), (300, true), (-300, true), (301, false), (-301, false), (i64::MIN / 2, false)] {
        let stale = Diagnosis::Stale { seconds: off };
        let expected = if is_good { Ok(Verified { secret: 0 }) } else { Err(stale) };
        assert_eq!(diagnose(&at(Some(SENT_AT + off))), expected);
    }
    assert!(verify(&at(None)).is_ok());
    let signed = sign(SECRET, "/", "shop.example.com", "2026-01-19T16:26:33Z", BODY.as_bytes());
    let received = received("https://shop.example.com/", &[SECRET], headers(&signed), BODY);
    assert_eq!(diagnose(&received), Err(Diagnosis::UnreadableDate));
    assert!(verify(&Received { now: None, ..received }).is_ok());
}

#[test]
fn a_stale_delivery_that_is_not_signed_is_told_as_that() {
    let signed = signed("another", URL, BODY);
    let received = Received { now: Some(0), ..received(URL, &[SECRET], headers(&signed), BODY) };
    assert_eq!(diagnose(&received), Err(Diagnosis::OtherSecret));
}

#[test]
fn the_value_that_must_not_be_made_is_known_for_what_it_is() {
    let value = "6fk1ParfTa2POj/xU/cgs1k4GIYncltjljuVg7qAVEU=";
    assert_eq!(found_in(URL, BODY, value), computed(Mistake::SecretDecoded));
    let header = format!("{BEFORE_SIGNATURE}{value}");
    assert_eq!(found_in(URL, BODY, &header), computed(Mistake::SecretDecoded));
    let right = signed(SECRET, URL, BODY);
    let headers = Headers { authorization: Some(&header), authorization_again: None, ..headers(&right) };
    assert_eq!(diagnose(&received(URL, &[SECRET], headers, BODY)), Err(sent(Mistake::SecretDecoded)));
    assert_eq!(
        diagnose(&received(URL, &["another", SECRET], headers, BODY)),
        Err(Diagnosis::Sent { mistake: Mistake::SecretDecoded, secret: 1 })
    );
}

#[test]
fn a_secret_that_is_not_quite_the_secret_is_found() {
    let plus = "a+b/c+d/";
    for (registered, used, change) in [
        (SECRET.to_owned(), format!(" {SECRET}"), SecretChange::Trimmed),
        (SECRET.to_owned(), format!("{SECRET}\n"), SecretChange::Trimmed),
        (format!("{SECRET}\n"), SECRET.to_owned(), SecretChange::LineBreak),
        (SECRET.to_owned(), format!("\"{SECRET}\""), SecretChange::Quotes),
        (format!("'{SECRET}'"), SECRET.to_owned(), SecretChange::Quotes),
        (SECRET.to_owned(), SECRET.trim_end_matches('=').to_owned(), SecretChange::Padding),
        (SECRET.trim_end_matches('=').to_owned(), SECRET.to_owned(), SecretChange::Padding),
        (plus.to_owned(), "a%2Bb%2Fc%2bd%2f".to_owned(), SecretChange::AddressDecoded),
        (plus.to_owned(), "a b/c d/".to_owned(), SecretChange::AddressDecoded),
        ("a b/c d/".to_owned(), plus.to_owned(), SecretChange::AddressDecoded),
        (plus.to_owned(), "a-b_c-d_".to_owned(), SecretChange::Alphabet),
        ("a-b_c-d_".to_owned(), plus.to_owned(), SecretChange::Alphabet),
    ] {
        assert_eq!(found((&registered, URL), (&used, URL)), sent(Mistake::SecretChanged(change)), "{used:?}");
    }
    let utf_16: Vec<u8> = SECRET.bytes().flat_map(|byte| [byte, 0]).collect();
    let value = hmac_sha256(&utf_16, &signed(SECRET, URL, BODY).string_to_sign);
    assert_eq!(found_in(URL, BODY, &value), computed(Mistake::SecretChanged(SecretChange::Utf16)));
    assert_eq!(found(("another", URL), (SECRET, URL)), Diagnosis::OtherSecret);
}

/// Addresses that were registered, what is taken for them, and the mistake between.
fn addresses() -> Vec<(&'static str, &'static str, Mistake)> {
    let other = |path: &str| Mistake::OtherPath(path.to_owned());
    vec![
        ("https://a.example/hook", "https://a.example/hook?shop=7", Mistake::QueryDropped),
        ("https://a.example/hook/", "https://a.example/hook", Mistake::SlashAtEnd),
        ("https://a.example/hook?a=/", "https://a.example/hook/?a=/", Mistake::SlashAtEnd),
        ("https://a.example/a/b", "https://a.example/%61/b", Mistake::PathDecoded),
        ("https://a.example/c?a=b", "https://a.example/a/../c?a=b", Mistake::PathNormalised),
        ("https://a.example/%C3%A6", "https://a.example/%c3%a6", Mistake::PathNormalised),
        ("https://a.example/%c3%a6", "https://a.example/%C3%A6", Mistake::PathNormalised),
        ("https://a.example/hook", "https://a.example/Hook", Mistake::PathCase),
        ("https://a.example/hook?a=b", "https://a.example/api/v1/hook?a=b", other("/hook?a=b")),
        ("https://a.example/v1/hook", "https://a.example/api/v1/hook", other("/v1/hook")),
        ("https://a.example/hook", "https://a.example:8443/hook", Mistake::PortDropped),
        ("http://a.example:443/hook", "http://a.example/hook", Mistake::PortAdded(443)),
        ("https://a.example:80/hook", "https://a.example/hook", Mistake::PortAdded(80)),
    ]
}

#[test]
fn an_address_that_is_not_the_registered_one_is_found() {
    for (registered, used, mistake) in addresses() {
        assert_eq!(found((SECRET, registered), (SECRET, used)), sent(mistake.clone()), "{used}");
        // The same the other way round: the address is right, and the value was computed for the other.
        let value = signed(SECRET, registered, BODY).authorization;
        assert_eq!(found_in(used, BODY, &value), computed(mistake), "{used}");
    }
    for used in ["https://b.example/hook", "https://a.example/other", "https://a.example/hook?b"] {
        assert_eq!(found((SECRET, "https://a.example/hook?a"), (SECRET, used)), Diagnosis::OtherSecret, "{used}");
    }
}

#[test]
fn what_a_proxy_says_helps_to_find_the_registered_address() {
    let signed = signed(SECRET, "https://a.example/api/hook?a=b", BODY);
    for (url, hint, mistake) in [
        (
            "https://127.0.0.1/api/hook?a=b",
            Headers { host: Some("a.example"), ..Headers::default() },
            Mistake::OtherHost("a.example".to_owned()),
        ),
        (
            "https://127.0.0.1/api/hook?a=b",
            Headers { host: Some("127.0.0.1"), forwarded_host: Some("a.example, b.example"), ..Headers::default() },
            Mistake::OtherHost("a.example".to_owned()),
        ),
        (
            "https://a.example/hook?a=b",
            Headers { forwarded_prefix: Some("/api/"), ..Headers::default() },
            Mistake::OtherPath("/api/hook?a=b".to_owned()),
        ),
        (
            "https://a.example/index.php",
            Headers { original_uri: Some("/api/hook?a=b"), ..Headers::default() },
            Mistake::OtherPath("/api/hook?a=b".to_owned()),
        ),
    ] {
        let all = headers(&signed);
        let Headers { date, content_hash, authorization, authorization_again, .. } = all;
        let with_hint = Headers { date, content_hash, authorization, authorization_again, ..hint };
        assert_eq!(diagnose(&received(url, &[SECRET], with_hint, BODY)), Err(sent(mistake)), "{url}");
        assert_eq!(diagnose(&received(url, &[SECRET], all, BODY)), Err(Diagnosis::OtherSecret), "{url}");
    }
}

/// Signs the text of the delivery after it was changed.
fn signature_of(url: &str, body: &str, change: impl Fn(&str) -> String) -> String {
    hmac_sha256(SECRET.as_bytes(), &change(&signed(SECRET, url, body).string_to_sign))
}

#[test]
fn a_text_that_is_put_together_wrongly_is_found() {
    let is_joined =
        |diagnosis: &Diagnosis| matches!(diagnosis, Diagnosis::Computed { mistake: Mistake::Joined(_), .. });
    for change in [
        (|text| text.replace('\n', "\r\n")) as fn(&str) -> String,
        |text| text.replace('\n', "\\n"),
        |text| format!("{text}\n"),
        |text| text.replace('\n', ""),
        |text| text.replace(';', "\n"),
        |text| text.replace(';', "; "),
    ] {
        let diagnosis = found_in(URL, BODY, &signature_of(URL, BODY, change));
        assert!(is_joined(&diagnosis), "{diagnosis:?}");
    }
    for method in ["GET", "PUT", "post", "Post", ""] {
        let value = signature_of(URL, BODY, |text| text.replacen("POST", method, 1));
        assert_eq!(found_in(URL, BODY, &value), computed(Mistake::OtherMethod(method)));
    }
    for (date, told) in
        [("Mon, 19 Jan 2026 16:26:33 +0000", None), ("1768839993", None), ("Tue, 20 Jan 2026", Some(()))]
    {
        let value = signature_of(URL, BODY, |text| text.replace(DATE_OF_IT, date));
        let expected = match told {
            None => computed(Mistake::OtherDate(date.to_owned())),
            Some(()) => Diagnosis::Unexplained,
        };
        assert_eq!(found_in(URL, BODY, &value), expected);
    }
    let text = signed(SECRET, URL, BODY).string_to_sign;
    assert_eq!(found_in(URL, BODY, &hmac_sha256(text.as_bytes(), SECRET)), computed(Mistake::KeyAndTextSwapped));
}

#[test]
fn host_and_path_as_a_careless_receiver_takes_them_are_found() {
    let url = "https://Shop.Example.com/hook?a=b#top";
    for (change, mistake) in [
        ((|text| text.replace("shop.example.com", "Shop.Example.com")) as fn(&str) -> String, Mistake::HostCase),
        (
            |text| text.replace("shop.example.com", "https://shop.example.com"),
            Mistake::OtherHost("https://shop.example.com".to_owned()),
        ),
        (|text| text.replace("/hook?a=b", "https://Shop.Example.com/hook?a=b#top"), Mistake::WholeAddress),
        (|text| text.replace("/hook?a=b", "/hook?a=b#top"), Mistake::FragmentKept),
        (|text| text.replace("/hook?a=b", "hook?a=b"), Mistake::OtherPath("hook?a=b".to_owned())),
    ] {
        assert_eq!(found_in(url, BODY, &signature_of(url, BODY, change)), computed(mistake));
    }
}

#[test]
fn a_value_that_is_spelled_differently_is_found() {
    let signed = signed(SECRET, URL, BODY);
    let signature = signed.authorization.strip_prefix(BEFORE_SIGNATURE).unwrap();
    let hexadecimal = |text: &str| {
        use base64::{Engine as _, engine::general_purpose::STANDARD};
        STANDARD.decode(text).unwrap().iter().map(|byte| format!("{byte:02x}")).collect::<String>()
    };
    for value in [
        hexadecimal(signature),
        hexadecimal(signature).to_uppercase(),
        signature.replace('/', "_").replace('+', "-"),
        signature.trim_end_matches('=').to_owned(),
        signature.replace('=', "%3D").replace('/', "%2F"),
    ] {
        let diagnosis = found_in(URL, BODY, &value);
        assert!(
            matches!(diagnosis, Diagnosis::Computed { mistake: Mistake::SignatureSpelled(_), .. }),
            "{value}: {diagnosis:?}"
        );
    }
    for digest in [hexadecimal(&signed.content_hash), signed.content_hash.replace('=', ""), String::new()] {
        let value = signature_of(URL, BODY, |text| text.replace(&signed.content_hash, &digest));
        let diagnosis = found_in(URL, BODY, &value);
        assert!(matches!(diagnosis, Diagnosis::Computed { mistake: Mistake::DigestSpelled(_), .. }), "{digest}");
    }
}

#[test]
fn a_header_that_holds_the_signature_but_is_not_the_header_is_told() {
    let signed = signed(SECRET, URL, BODY);
    let right = signed.authorization.as_str();
    for value in [
        right.replace(' ', "  "),
        right.replace("&Signature", " &Signature"),
        right.replace("HMAC-SHA256", "hmac-sha256"),
        right.replace("x-ms-date;host;x-ms-content-sha256", "host;x-ms-date;x-ms-content-sha256"),
        right.replace("x-ms-date;host;x-ms-content-sha256", "x-ms-date; host; x-ms-content-sha256"),
        right.replace("Signature=", "Signature=\"") + "\"",
        format!("{right} "),
    ] {
        let headers = Headers { authorization: Some(&value), authorization_again: None, ..headers(&signed) };
        assert_eq!(diagnose(&received(URL, &[SECRET], headers, BODY)), Err(Diagnosis::Malformed), "{value}");
        if !value.ends_with(' ') {
            assert_eq!(found_in(URL, BODY, &value), Diagnosis::Malformed, "{value}");
        }
    }
    let short = right.trim_end_matches('=');
    let headers = Headers { authorization: Some(short), authorization_again: None, ..headers(&signed) };
    assert!(matches!(
        diagnose(&received(URL, &[SECRET], headers, BODY)),
        Err(Diagnosis::Sent { mistake: Mistake::SignatureSpelled(_), .. })
    ));
}

#[test]
fn a_body_that_was_written_anew_is_found_in_what_is_given() {
    let signed = signed(SECRET, URL, LETTERS);
    let pretty =
        |body: &str| serde_json::to_string_pretty(&serde_json::from_str::<serde_json::Value>(body).unwrap()).unwrap();
    for (given, is_the_same) in [
        (LETTERS.replace(':', ": ").replace(',', ", "), true),
        (LETTERS.replace('å', "\\u00e5"), true),
        (LETTERS.replace('/', "\\/").replace('å', "\\u00E5"), true),
        (format!("{LETTERS}\n"), true),
        (format!("\r\n{LETTERS} "), true),
        (format!("\u{feff}{LETTERS}"), true),
        (LETTERS.replace('å', "Ã¥"), true),
        (format!("{{\n\t{}", LETTERS.strip_prefix('{').unwrap()), true),
        (pretty(LETTERS), false),
        (LETTERS.replace("CAPTURED", "REFUNDED"), false),
        (String::new(), false),
    ] {
        let received = received(URL, &[SECRET], headers(&signed), &given);
        let Err(Diagnosis::BodyChanged { given: digest, sent, rewriting, is_signed }) = diagnose(&received) else {
            panic!("{given}")
        };
        assert_eq!((digest, sent), (content_hash(given.as_bytes()), signed.content_hash.clone()));
        assert!(is_signed);
        assert_eq!(rewriting.is_some(), is_the_same, "{given}: {rewriting:?}");
    }
    // Sorting is only undone where it is known what the order was.
    let event = serde_json::from_str::<serde_json::Value>(BODY).unwrap().to_string();
    assert_ne!(event, BODY);
    let signed = self::signed(SECRET, URL, BODY);
    let diagnosis = diagnose(&received(URL, &[SECRET], headers(&signed), &event));
    assert!(matches!(diagnosis, Err(Diagnosis::BodyChanged { rewriting: Some(Rewriting::Reordered), .. })));
    let foreign = self::signed("another", URL, BODY);
    let diagnosis = diagnose(&received(URL, &[SECRET], headers(&foreign), "{}"));
    assert!(matches!(diagnosis, Err(Diagnosis::BodyChanged { rewriting: None, is_signed: false, .. })));
}

#[test]
fn a_value_computed_over_a_body_that_was_written_anew_is_found() {
    for body in [
        LETTERS.replace(':', ": ").replace(',', ", "),
        LETTERS.replace('/', "\\/").replace('å', "\\u00e5"),
        format!("{LETTERS}\n"),
        LETTERS.replace('å', "Ã¥"),
    ] {
        let value = signature_of(URL, LETTERS, |text| {
            text.replace(&content_hash(LETTERS.as_bytes()), &content_hash(body.as_bytes()))
        });
        let diagnosis = found_in(URL, LETTERS, &value);
        assert!(matches!(diagnosis, Diagnosis::Computed { mistake: Mistake::BodyRewritten(_), .. }), "{body}");
    }
    let value = signature_of(URL, LETTERS, |text| text.replace(&content_hash(LETTERS.as_bytes()), &content_hash(b"")));
    assert_eq!(found_in(URL, LETTERS, &value), computed(Mistake::BodyEmpty));
}

#[test]
fn a_value_is_only_judged_where_the_delivery_itself_is_good() {
    let signed = signed("another", URL, BODY);
    let received = received(URL, &[SECRET], headers(&signed), BODY);
    assert_eq!(diagnose_computed(&received, VECTORS[1].signature), Err(Diagnosis::OtherSecret));
    let long_ago = Received { secrets: &["another"], now: Some(0), ..received };
    assert_eq!(diagnose_computed(&long_ago, &signed.authorization), Ok(Verified { secret: 0 }));
    assert_eq!(
        diagnose_computed(&Received { headers: Headers::default(), ..received }, "x"),
        Err(Diagnosis::MissingHeader("x-ms-date"))
    );
    assert_eq!(found_in(URL, BODY, "nonsense"), Diagnosis::Unexplained);
}

#[test]
fn of_several_secrets_the_one_of_the_delivery_counts() {
    let signed = signed("theirs", URL, BODY);
    let received = received(URL, &["", SECRET, "theirs"], headers(&signed), BODY);
    assert_eq!(diagnose(&received), Ok(Verified { secret: 2 }));
    let for_other = Diagnosis::ComputedForOther { computed: 1, signed: 2 };
    assert_eq!(diagnose_computed(&received, VECTORS[1].signature), Err(for_other));
    assert_eq!(diagnose_computed(&received, &signed.authorization), Ok(Verified { secret: 2 }));
    // Decoded, but the wrong one: more than one mistake, and none is made up.
    let value = "6fk1ParfTa2POj/xU/cgs1k4GIYncltjljuVg7qAVEU=";
    assert_eq!(diagnose_computed(&received, value), Err(Diagnosis::Unexplained));
}

#[test]
fn every_diagnosis_says_what_to_do_and_no_secret() {
    let rewriting = Some(Rewriting::Trimmed);
    let given = content_hash(b"a");
    for diagnosis in [
        Diagnosis::UnreadableUrl,
        Diagnosis::NoSecret,
        Diagnosis::MissingHeader("x-ms-date"),
        Diagnosis::MissingHeader("Authorization"),
        Diagnosis::NoSignature,
        Diagnosis::BodyChanged { given: content_hash(b""), sent: "b".to_owned(), rewriting: None, is_signed: true },
        Diagnosis::BodyChanged { given: given.clone(), sent: "b".to_owned(), rewriting, is_signed: false },
        Diagnosis::BodyChanged { given, sent: "b".to_owned(), rewriting: None, is_signed: true },
        Diagnosis::Malformed,
        sent(Mistake::SecretChanged(SecretChange::Trimmed)),
        sent(Mistake::QueryDropped),
        sent(Mistake::SecretDecoded),
        computed(Mistake::BodyEmpty),
        Diagnosis::ComputedForOther { computed: 0, signed: 1 },
        Diagnosis::OtherSecret,
        Diagnosis::Unexplained,
        Diagnosis::UnreadableDate,
        Diagnosis::Stale { seconds: -301 },
    ] {
        let told = diagnosis.to_string();
        assert!(told.ends_with('.') && !told.contains("  ") && !told.contains(" ."), "{told}");
    }
    let signed = signed("very-secret", URL, BODY);
    let shown = format!("{:?}", received(URL, &["very-secret"], headers(&signed), BODY));
    assert!(shown.contains(URL) && !shown.contains("very-secret") && !shown.contains("HMAC"), "{shown}");
}

proptest! {
    #[test]
    fn a_delivery_is_valid_and_after_any_change_it_is_not(
        secret in "[ -~]{1,90}",
        path in "[a-zA-Z0-9/_.~%-]{0,20}",
        body in prop::collection::vec(any::<u8>(), 0..200),
        at in 0..4_000_000_000_i64,
        place in any::<prop::sample::Index>(),
        bit in 0..7_u32,
        what in 0..5,
    ) {
        let (url, date) = (format!("https://shop.example.com:8443/{path}"), imf_fixdate(at));
        let target = Target::of(&url).unwrap();
        let signed = sign(&secret, &target.path_and_query, &target.host(), &date, &body);
        let good = Received { url: &url, secrets: &[&secret], headers: headers(&signed), body: &body, now: Some(at) };
        prop_assert_eq!(verify(&good), Ok(Verified { secret: 0 }));
        prop_assert_eq!(diagnose(&good), Ok(Verified { secret: 0 }));

        let changed = |bytes: &[u8]| {
            let mut bytes = bytes.to_vec();
            if bytes.is_empty() {
                bytes.push(b'x');
            } else {
                let index = place.index(bytes.len());
                bytes[index] ^= 1 << bit;
            }
            bytes
        };
        let text = |text: &str| String::from_utf8_lossy(&changed(text.as_bytes())).into_owned();
        let (other_body, other_secret) = (changed(&body), text(&secret));
        let other_secrets = [other_secret.as_str()];
        let (date, hash, authorization) = (text(&date), text(&signed.content_hash), text(&signed.authorization));
        let bad = match what {
            0 => Received { body: &other_body, ..good },
            1 => Received { secrets: &other_secrets, ..good },
            2 => Received { headers: Headers { date: Some(&date), ..good.headers }, ..good },
            3 => Received { headers: Headers { content_hash: Some(&hash), ..good.headers }, ..good },
            _ => {
                let authorization = Some(authorization.as_str());
                Received { headers: Headers { authorization, authorization_again: authorization, ..good.headers }, ..good }
            }
        };
        prop_assert!(verify(&bad).is_err());
        prop_assert!(diagnose(&bad).is_err());
    }
}
