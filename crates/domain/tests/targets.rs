//! Every special range of addresses in every notation, and every rule a URL can break, for a sandbox and for production.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails, in what it is built of as well")]

use std::net::{IpAddr, Ipv4Addr};

use domain::{
    target::{Host, Network, Refusal, Target, Targets},
    webhook::URL_CHARACTERS_MAX,
};

/// Whose receiver an address can be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Whose {
    Nobodys,
    OnlyASandboxes,
    Everybodys,
}
use Whose::{Everybodys, Nobodys, OnlyASandboxes};

/// The first and the last address of each special range, and what stands directly beside it.
const V4: &[(Whose, &[&str])] = &[
    (Nobodys, &["0.0.0.0", "0.0.0.1", "0.255.255.255"]),
    (Nobodys, &["169.254.0.0", "169.254.169.254", "169.254.170.2", "169.254.255.255"]),
    (Nobodys, &["100.100.100.200", "168.63.129.16", "192.0.0.192"]),
    (Nobodys, &["224.0.0.0", "224.0.0.251", "239.255.255.255", "240.0.0.0", "255.255.255.254", "255.255.255.255"]),
    (OnlyASandboxes, &["10.0.0.0", "10.255.255.255", "100.64.0.0", "100.127.255.255", "127.0.0.0", "127.0.0.1"]),
    (
        OnlyASandboxes,
        &["127.255.255.255", "172.16.0.0", "172.17.0.1", "172.31.255.255", "192.168.0.0", "192.168.255.255"],
    ),
    (OnlyASandboxes, &["192.0.0.0", "192.0.0.255", "192.0.2.0", "192.0.2.255", "192.88.99.0", "192.88.99.255"]),
    (
        OnlyASandboxes,
        &["198.18.0.0", "198.19.255.255", "198.51.100.0", "198.51.100.255", "203.0.113.0", "203.0.113.255"],
    ),
    (Everybodys, &["1.0.0.0", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255"]),
    (Everybodys, &["128.0.0.0", "168.63.129.15", "168.63.129.17", "169.253.255.255", "169.255.0.0", "172.15.255.255"]),
    (Everybodys, &["172.32.0.0", "191.255.255.255", "192.0.1.0", "192.0.3.0", "192.88.98.255", "192.88.100.0"]),
    (Everybodys, &["192.167.255.255", "192.169.0.0", "198.17.255.255", "198.20.0.0", "198.51.99.255", "198.51.101.0"]),
    (Everybodys, &["203.0.112.255", "203.0.114.0", "223.255.255.255", "8.8.8.8"]),
];

const V6: &[(Whose, &[&str])] = &[
    (Nobodys, &["::", "fe80::", "fe80::1", "febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "fec0::", "feff::1"]),
    (Nobodys, &["ff00::", "ff02::1", "ff02::fb", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"]),
    (Nobodys, &["fd00:ec2::254", "fd20:ce::254", "fd00:c1::a9fe:a9fe"]),
    (
        OnlyASandboxes,
        &["::1", "100::", "100::ffff:ffff:ffff:ffff", "5f00::", "5f00:ffff::1", "fc00::", "fd00:ec2::253"],
    ),
    (OnlyASandboxes, &["fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "2001:1ff:ffff::1", "2001:2::1", "2001:10::1"]),
    (
        OnlyASandboxes,
        &["2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", "3fff::", "3fff:fff:ffff::1", "4000::", "1fff::1"],
    ),
    (Everybodys, &["2001:200::", "2001:db7:ffff::1", "2001:db9::", "2003::", "2606:4700:4700::1111", "2a00:1450::1"]),
    (Everybodys, &["3ffe:ffff::1", "3fff:1000::", "2000::1"]),
];

/// How an IPv4 address is hidden in an IPv6 address, and whether it is then as good as by itself, or good for a sandbox at best.
fn hidden(v4: Ipv4Addr) -> [(String, bool); 5] {
    let bits = v4.to_bits();
    let (high, low) = (bits >> 16, bits & 0xffff);
    let (not_high, not_low) = (!bits >> 16, !bits & 0xffff);
    [
        (format!("::ffff:{v4}"), true),
        (format!("64:ff9b::{v4}"), false),
        (format!("64:ff9b:1::{v4}"), false),
        (format!("2002:{high:x}:{low:x}::1"), false),
        (format!("2001:0:808:808::{not_high:x}:{not_low:x}"), false),
    ]
}

/// Addresses with their owners: each by itself, and the IPv4 ones once more in every disguise.
fn table() -> Vec<(String, Whose)> {
    let mut table = Vec::new();
    for (whose, address) in V4.iter().flat_map(|(whose, addresses)| addresses.iter().map(move |one| (*whose, *one))) {
        table.push((address.to_owned(), whose));
        for (disguised, is_as_good) in hidden(address.parse().unwrap()) {
            // Nothing but zeros is what such an address holds when it hides nothing.
            let hides = address != "0.0.0.0" || is_as_good;
            let at_best = if is_as_good { whose } else { OnlyASandboxes };
            table.push((disguised, if whose == Nobodys && hides { Nobodys } else { at_best }));
        }
    }
    table.extend(V6.iter().flat_map(|(whose, addresses)| addresses.iter().map(|one| ((*one).to_owned(), *whose))));
    table
}

fn url(address: &str) -> String {
    if address.contains(':') { format!("https://[{address}]/") } else { format!("https://{address}/") }
}

#[test]
fn every_special_address_has_its_owner() {
    let table = table();
    assert!(table.len() >= 200, "only {} targets", table.len());
    let (sandbox, production) = (Targets::sandbox(), Targets::production());
    let far_only = Targets::sandbox().far_only();
    for (address, whose) in &table {
        let ip: IpAddr = address.parse().unwrap();
        for (targets, is_good) in
            [(&sandbox, *whose != Nobodys), (&production, *whose == Everybodys), (&far_only, *whose == Everybodys)]
        {
            assert_eq!(targets.admits(ip), is_good, "{address} in {targets:?}");
            assert_eq!(targets.admit((ip, 443).into()).is_some(), is_good, "{address}");
            let judged = targets.judge(&url(address));
            assert_eq!(judged.err(), (!is_good).then_some(Refusal::Address), "{address}");
        }
    }
}

#[test]
fn an_admitted_address_is_dialled_in_its_own_family() {
    let admitted = Targets::sandbox().admit("[::ffff:127.0.0.1]:80".parse().unwrap()).unwrap();
    assert_eq!(admitted.address(), "127.0.0.1:80".parse().unwrap());
}

#[test]
fn networks_can_be_opened_and_closed() {
    let network = |text: &str| text.parse::<Network>().unwrap();
    let everything = [network("0.0.0.0/0"), network("::/0")];
    let open = Targets::production().opening(&everything);
    for (address, whose) in table() {
        let ip: IpAddr = address.parse().unwrap();
        assert_eq!(open.admits(ip), whose != Nobodys, "{address}: what is nobody's stays so");
        assert!(!Targets::sandbox().closing(&everything).admits(ip), "{address}");
    }
    let one = Targets::production().opening(&[network("10.1.0.0/16")]);
    for (address, is_good) in
        [("10.1.0.0", true), ("::ffff:10.1.255.255", true), ("10.0.255.255", false), ("10.2.0.0", false)]
    {
        assert_eq!(one.admits(address.parse().unwrap()), is_good, "{address}");
    }
    // The installation's own addresses stay closed, whatever is opened.
    let own = Targets::production().opening(&everything).closing(&[network("8.8.8.8")]);
    assert!(!own.admits("8.8.8.8".parse().unwrap()) && own.admits("8.8.4.4".parse().unwrap()));
}

#[test]
fn an_address_has_one_notation() {
    for host in [
        "2130706433",
        "0x7f000001",
        "0x7F000001",
        "017700000001",
        "0177.0.0.1",
        "0x7f.0.0.1",
        "0x7f.0x0.0x0.0x1",
        "127.1",
        "127.0.1",
        "0",
        "127.0.0.01",
        "127.0.0.1.",
        "127.0.0.0x1",
        "1.2.3.4.5",
        "256.1.1.1",
        "127.0.0.256",
        "999999999999",
        "1.2.3",
        "0x",
        "a.0x7f",
        "a.1",
        "shop.example.127",
        "0xa9fea9fe",
        "2852039166",
        "169.254.43518",
        "0251.0376.0251.0376",
        "127..1",
    ] {
        assert_eq!(refusal_of(&Targets::sandbox(), &format!("http://{host}/")), Some(Refusal::OddAddress), "{host}");
    }
    for host in [
        "[::1",
        "::1]",
        "[::1]x",
        "[]",
        "[127.0.0.1]",
        "[fe80::1%25eth0]",
        "[fe80::1%eth0]",
        "[v1.a]",
        "[::1%1]",
        "127%2e0.0.1",
        "%31.1.1.1",
        "a..b",
        ".a",
        "a.",
        "-a.b",
        "a-.b",
        "a,b",
        "a*b",
        "a\\b",
        "a|b",
        "$(x)",
        "a'b",
        ":80",
        "",
    ] {
        let refused = refusal_of(&Targets::sandbox(), &format!("http://{host}/"));
        let none = if host.is_empty() { Refusal::NotAbsolute } else { Refusal::Host };
        assert_eq!(refused, Some(none), "{host}");
    }
}

fn refusal_of(targets: &Targets, url: &str) -> Option<Refusal> {
    targets.judge(url).err()
}

#[test]
fn a_url_keeps_every_rule_or_is_told_which_one_it_breaks() {
    use Refusal::{BadPort, Characters, Credentials, Fragment, Localhost, NotAbsolute, NotSecure, Port, Scheme};
    // What a sandbox says, and what production says.
    for (url, sandbox, production) in [
        ("https://shop.example/hooks?a=b", None, None),
        ("https://shop.example", None, None),
        ("HTTPS://SHOP.example:443", None, None),
        ("https://shop.example:80/", None, None),
        ("https://shop.example:8080/", None, None),
        ("https://shop.example:8443/", None, Some(Port)),
        ("https://shop.example:1/", None, Some(Port)),
        ("https://shop.example:65535/", None, Some(Port)),
        ("http://shop.example/", None, Some(NotSecure)),
        ("http://localhost:3000/", None, Some(NotSecure)),
        ("https://localhost/", None, Some(Localhost)),
        ("https://LOCALHOST/", None, Some(Localhost)),
        ("https://shop.localhost/", None, Some(Localhost)),
        ("https://notlocalhost/", None, None),
        ("https://my_shop-1.internal/", None, None),
        ("https://xn--btik-0qa.example/", None, None),
        ("https://8.8.8.8/", None, None),
        ("https://[2606:4700:4700::1111]:8080/", None, None),
        ("https://127.0.0.1/", None, Some(Refusal::Address)),
        ("", Some(NotAbsolute), Some(NotAbsolute)),
        ("/hooks", Some(NotAbsolute), Some(NotAbsolute)),
        ("//shop.example/", Some(NotAbsolute), Some(NotAbsolute)),
        ("shop.example", Some(NotAbsolute), Some(NotAbsolute)),
        ("https:/shop.example", Some(NotAbsolute), Some(NotAbsolute)),
        ("https:shop.example", Some(NotAbsolute), Some(NotAbsolute)),
        ("://shop.example", Some(NotAbsolute), Some(NotAbsolute)),
        ("https:///hooks", Some(NotAbsolute), Some(NotAbsolute)),
        ("https://?a", Some(NotAbsolute), Some(NotAbsolute)),
        ("ftp://shop.example/", Some(Scheme), Some(Scheme)),
        ("file:///etc/passwd", Some(Scheme), Some(Scheme)),
        ("gopher://shop.example/", Some(Scheme), Some(Scheme)),
        ("httpss://shop.example/", Some(Scheme), Some(Scheme)),
        ("https://user@shop.example/", Some(Credentials), Some(Credentials)),
        ("https://user:word@shop.example/", Some(Credentials), Some(Credentials)),
        ("https://shop.example@127.0.0.1/", Some(Credentials), Some(Credentials)),
        ("https://@shop.example/", Some(Credentials), Some(Credentials)),
        ("https://shop.example/@a", None, None),
        ("https://shop.example/#a", Some(Fragment), Some(Fragment)),
        ("https://shop.example#@127.0.0.1/", Some(Fragment), Some(Fragment)),
        ("https://shop.example/?a#", Some(Fragment), Some(Fragment)),
        ("https://shop.example:/", Some(BadPort), Some(BadPort)),
        ("https://shop.example:0/", Some(BadPort), Some(BadPort)),
        ("https://shop.example:65536/", Some(BadPort), Some(BadPort)),
        ("https://shop.example:0443/", Some(BadPort), Some(BadPort)),
        ("https://shop.example:+443/", Some(BadPort), Some(BadPort)),
        ("https://shop.example:80:80/", Some(BadPort), Some(BadPort)),
        ("https://shop.example:https/", Some(BadPort), Some(BadPort)),
        (" https://shop.example/", Some(Characters), Some(Characters)),
        ("https://shop.example/a b", Some(Characters), Some(Characters)),
        ("https://shop.example/\r\nx: y", Some(Characters), Some(Characters)),
        ("https://shop.example/\t", Some(Characters), Some(Characters)),
        ("https://shop.example/\0", Some(Characters), Some(Characters)),
        ("https://shop.example/\u{7f}", Some(Characters), Some(Characters)),
        ("https://shop.example/å", Some(Characters), Some(Characters)),
        ("https://bøtik.example/", Some(Characters), Some(Characters)),
        ("https://１２７.0.0.1/", Some(Characters), Some(Characters)),
        ("https://127。0。0。1/", Some(Characters), Some(Characters)),
    ] {
        assert_eq!(refusal_of(&Targets::sandbox(), url), sandbox, "{url} in a sandbox");
        assert_eq!(refusal_of(&Targets::production(), url), production, "{url} in production");
    }
}

#[test]
fn a_url_a_name_and_its_parts_have_a_length() {
    let sandbox = Targets::sandbox();
    let url_of =
        |characters: usize| format!("https://a.example/{}", "x".repeat(characters - "https://a.example/".len()));
    assert_eq!(refusal_of(&sandbox, &url_of(URL_CHARACTERS_MAX)), None);
    assert_eq!(refusal_of(&sandbox, &url_of(URL_CHARACTERS_MAX + 1)), Some(Refusal::TooLong));
    let with_host = |host: &str| refusal_of(&sandbox, &format!("https://{host}/"));
    assert_eq!(with_host(&"a".repeat(63)), None);
    assert_eq!(with_host(&"a".repeat(64)), Some(Refusal::Host));
    let long = format!("{0}.{0}.{0}.{1}", "a".repeat(63), "b".repeat(61));
    assert_eq!((long.len(), with_host(&long)), (253, None));
    assert_eq!(with_host(&format!("{long}b")), Some(Refusal::Host));
}

#[test]
fn ports_can_be_added_and_localhost_opened() {
    let more = Targets::production().with_ports(&[8443]);
    assert_eq!(refusal_of(&more, "https://shop.example:8443/"), None);
    assert_eq!(refusal_of(&more, "https://shop.example:8444/"), Some(Refusal::Port));
    let here = more.opening(&["127.0.0.0/8".parse().unwrap()]);
    assert_eq!(refusal_of(&here, "https://localhost/"), None);
    assert_eq!(refusal_of(&Targets::sandbox().far_only(), "http://localhost:3000/"), Some(Refusal::Localhost));
}

#[test]
fn a_target_knows_what_is_signed_and_what_is_dialled() {
    for (url, authority, path, port, secure) in [
        ("https://Shop.Example:443/A?b=C", "shop.example", "/A?b=C", 443, true),
        ("https://shop.example:80/", "shop.example:80", "/", 80, true),
        ("http://shop.example:80", "shop.example", "/", 80, false),
        ("http://127.0.0.1:8080?", "127.0.0.1:8080", "/?", 8080, false),
        ("http://[::FFFF:7f00:1]:81/..//%2e", "[::ffff:7f00:1]:81", "/..//%2e", 81, false),
    ] {
        let target = Target::parse(url).unwrap();
        let seen = (target.authority(), target.path_and_query(), target.port(), target.is_secure());
        assert_eq!(seen, (authority.to_owned(), path, port, secure), "{url}");
    }
    assert_eq!(*Target::parse("http://A.b/").unwrap().host(), Host::Name("a.b".to_owned()));
    assert_eq!(*Target::parse("http://[::1]/").unwrap().host(), Host::Address("::1".parse().unwrap()));
}

#[test]
fn every_refusal_is_a_sentence_of_its_own() {
    let sentences: Vec<String> = Refusal::ALL.iter().map(ToString::to_string).collect();
    for (at, sentence) in sentences.iter().enumerate() {
        assert!(sentence.ends_with('.') && sentence.contains("URL"), "{sentence}");
        assert!(!sentences[..at].contains(sentence), "{sentence}");
    }
}
