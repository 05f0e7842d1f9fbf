//! Samples of the wallet.

use super::{HOSTILE, LONG, Screen, Words, html, part, shown, someday, soon, sum};
use crate::{
    amount::percent,
    clean::Shown,
    view::{
        Deadline, Frame,
        wallet::{
            Payer, Wallet,
            cards::{Card, CardField, Cards, Does, NewCard},
            history::{Filter, History, Item, Kind, Row as Past, Transaction},
            inbox::{Gone, Inbox, Row},
            profile::{Act, Address, BrowserMode, Profile, ProfileField, Step},
            receipt::{Barcode, Line, LineKind, Otherwise, Receipt, Tax},
            request::{Decline, Request, Source, Standstill, StepUp, Why},
            result::{Outcome, ResultPage, WayBack},
            scan::{MyCode, Scan},
            sign_in::{SignIn, SignInProblem, TEST_PAYERS, TestPayer},
        },
    },
};

pub(super) const SCREENS: &[Screen] = &[
    Screen::of("sign-in", |frame, words| html(&sign_in(frame, words))),
    Screen::of("sign-in-again", |frame, words| {
        html(&SignIn { signed_in: vec![payer(words), other(words)], ..sign_in(frame, words) })
    }),
    Screen::of("sign-in-wrong-number", |frame, words| html(&refused(frame, words, SignInProblem::Phone))),
    Screen::of("sign-in-wrong-pin", |frame, words| html(&refused(frame, words, SignInProblem::Pin))),
    Screen::of("sign-in-hostile", |frame, words| html(&refused(frame, words, SignInProblem::Phone))).with(&HOSTILE),
    Screen::of("inbox", |frame, words| html(&inbox(frame, words))),
    Screen::of("inbox-empty", |frame, words| {
        html(&Inbox { requests: Vec::new(), later: Vec::new(), gone: Vec::new(), ..inbox(frame, words) })
    }),
    Screen::of("inbox-long-words", |frame, words| html(&inbox(frame, words))).with(&LONG),
    Screen::of("inbox-hostile", |frame, words| html(&inbox(frame, words))).with(&HOSTILE),
    Screen::of("request", |frame, words| html(&request(frame, words))),
    Screen::of("request-long-living", |frame, words| {
        html(&Request { deadline: someday(), may_postpone: true, ..request(frame, words) })
    }),
    Screen::of("request-declined", |frame, words| {
        html(&Request { decline: Some(Decline::Funds), ..request(frame, words) })
    }),
    Screen::of("request-blocked", |frame, words| {
        let sources = sources(words).into_iter().skip(2).collect();
        html(&Request { sources, ..request(frame, words) })
    }),
    Screen::of("request-without-card", |frame, words| {
        html(&Request { sources: Vec::new(), decline: Some(Decline::NoSource), ..request(frame, words) })
    }),
    Screen::of("request-long-words", |frame, words| html(&request(frame, words))).with(&LONG),
    Screen::of("request-hostile", |frame, words| html(&everything_of_a_request(frame, words))).with(&HOSTILE),
    Screen::of("already-open", |frame, words| html(&standstill(frame, words, Why::AlreadyOpen))),
    Screen::of("request-processing", |frame, words| html(&standstill(frame, words, Why::Processing))),
    Screen::of("too-young", |frame, words| html(&standstill(frame, words, Why::TooYoung(18)))),
    Screen::of("too-young-hostile", |frame, words| html(&standstill(frame, words, Why::TooYoung(18)))).with(&HOSTILE),
    Screen::of("step-up", |frame, words| html(&step_up(frame, words))),
    Screen::of("step-up-hostile", |frame, words| html(&step_up(frame, words))).with(&HOSTILE),
    Screen::of("result-paid", |frame, words| html(&result(frame, words, Outcome::Paid))),
    Screen::of("result-paid-elsewhere", |frame, words| {
        html(&ResultPage { way_back: WayBack::Elsewhere, ..result(frame, words, Outcome::Paid) })
    }),
    Screen::of("result-declined-funds", |frame, words| html(&declined(frame, words, Decline::Funds))),
    Screen::of("result-declined-issuer", |frame, words| html(&declined(frame, words, Decline::Issuer))),
    Screen::of("result-declined-limit", |frame, words| html(&declined(frame, words, Decline::Limit))),
    Screen::of("result-declined-expired", |frame, words| html(&declined(frame, words, Decline::Expired))),
    Screen::of("result-declined-invalid", |frame, words| html(&declined(frame, words, Decline::Invalid))),
    Screen::of("result-declined-authentication", |frame, words| html(&declined(frame, words, Decline::Authentication))),
    Screen::of("result-declined-country", |frame, words| html(&declined(frame, words, Decline::Country))),
    Screen::of("result-cancelled", |frame, words| html(&result(frame, words, Outcome::Cancelled))),
    Screen::of("result-expired", |frame, words| html(&result(frame, words, Outcome::Expired))),
    Screen::of("result-withdrawn", |frame, words| html(&result(frame, words, Outcome::Withdrawn))),
    Screen::of("result-hostile", |frame, words| html(&result(frame, words, Outcome::Paid))).with(&HOSTILE),
    Screen::of("scan", |frame, words| html(&scan(frame, words))),
    Screen::of("scan-foreign", |frame, words| html(&scan_foreign(frame, words))),
    Screen::of("scan-hostile", |frame, words| html(&scan_foreign(frame, words))).with(&HOSTILE),
    Screen::of("my-code", |frame, words| html(&my_code(frame, words))),
    Screen::of("my-code-hostile", |frame, words| html(&my_code(frame, words))).with(&HOSTILE),
    Screen::of("cards", |frame, words| html(&cards(frame, words))),
    Screen::of("cards-empty", |frame, words| html(&Cards { cards: Vec::new(), ..cards(frame, words) })),
    Screen::of("cards-wrong", |frame, words| html(&cards_wrong(frame, words))),
    Screen::of("cards-hostile", |frame, words| html(&cards_wrong(frame, words))).with(&HOSTILE),
    Screen::of("history", |frame, words| html(&history(frame, words))),
    Screen::of("history-empty", |frame, words| {
        html(&History { rows: Vec::new(), filter: Filter::from_code("refunded"), ..history(frame, words) })
    }),
    Screen::of("history-long-words", |frame, words| html(&history(frame, words))).with(&LONG),
    Screen::of("history-hostile", |frame, words| html(&history(frame, words))).with(&HOSTILE),
    Screen::of("item", |frame, words| html(&item(frame, words))),
    Screen::of("item-long-words", |frame, words| html(&item(frame, words))).with(&LONG),
    Screen::of("item-hostile", |frame, words| html(&item(frame, words))).with(&HOSTILE),
    Screen::of("profile", |frame, words| html(&profile(frame, words))),
    Screen::of("profile-empty", |frame, words| {
        html(&Profile { addresses: Vec::new(), script: Vec::new(), is_saved: true, ..profile(frame, words) })
    }),
    Screen::of("profile-wrong", |frame, words| html(&profile_wrong(frame, words))),
    Screen::of("profile-hostile", |frame, words| html(&profile_wrong(frame, words))).with(&HOSTILE),
];

/// A number, or the text that stands for ours where it is hostile.
fn msisdn(words: &Words) -> String {
    if words.amount == HOSTILE.amount { words.own.to_owned() } else { "4740000010".to_owned() }
}

fn payer(words: &Words) -> Payer {
    Payer { msisdn: msisdn(words), name: shown(words.person) }
}

fn other(words: &Words) -> Payer {
    Payer { msisdn: "4740000011".to_owned(), name: shown(words.person) }
}

fn wallet(frame: &Frame, words: &Words) -> Wallet {
    Wallet { frame: frame.clone(), csrf: words.own.to_owned(), payer: payer(words), others: vec![other(words)] }
}

fn sign_in(frame: &Frame, words: &Words) -> SignIn {
    let test_payer = |behaviour: &u8| {
        let payer = Payer { msisdn: format!("474000{behaviour:04}"), name: shown(words.person) };
        TestPayer { payer, behaviour: *behaviour }
    };
    SignIn {
        frame: frame.clone(),
        csrf: words.own.to_owned(),
        signed_in: Vec::new(),
        test_payers: TEST_PAYERS.iter().map(test_payer).collect(),
        phone: Shown::default(),
        problem: None,
        request: None,
    }
}

fn refused(frame: &Frame, words: &Words, problem: SignInProblem) -> SignIn {
    SignIn { signed_in: vec![payer(words)], phone: shown(words.own), problem: Some(problem), ..sign_in(frame, words) }
}

fn inbox(frame: &Frame, words: &Words) -> Inbox {
    let row = |id: &str, description: Option<&str>, deadline: Deadline, minor_units: i64| Row {
        id: format!("{id}{}", words.own),
        merchant: shown(words.merchant),
        amount: sum(frame, minor_units),
        description: description.map(shown),
        deadline,
    };
    Inbox {
        wallet: wallet(frame, words),
        step: words.own.to_owned(),
        requests: vec![
            row("r2", Some(words.description), soon(), words.amount),
            row("r1", None, Deadline { left_ms: 42_000, ..soon() }, 12_900),
        ],
        later: vec![row("r0", Some(words.description), someday(), 199_000)],
        gone: vec![Gone::Withdrawn(shown(words.merchant)), Gone::Expired(shown(words.merchant))],
        news: vec![(frame.texts().news(shown(words.merchant), frame.texts().cat_ticket), "#".to_owned())],
    }
}

fn sources(words: &Words) -> Vec<Source> {
    let source = |id: &str, brand: &str, last4: &str, blocked: Option<Decline>| Source {
        id: format!("{id}{}", words.own),
        brand: shown(brand),
        last4: last4.to_owned(),
        is_commercial: blocked.is_some(),
        is_chosen: id == "c1",
        blocked,
    };
    vec![
        source("c1", "Visa", "4242", None),
        source("c2", "Mastercard", "4444", None),
        source("c3", "Visa", "1881", Some(Decline::Blocked)),
    ]
}

fn receipt(frame: &Frame, words: &Words) -> Receipt {
    let line = |name: &str, minor_units: i64, kind: LineKind| Line {
        name: shown(name),
        quantity: (kind == LineKind::Item).then(|| shown(&format!("2 × {}", part(frame, minor_units / 2)))),
        amount: part(frame, minor_units),
        discount: (kind == LineKind::Item).then(|| part(frame, 5_000)),
        kind,
    };
    Receipt {
        lines: vec![
            line(words.item, 44_900, LineKind::Item),
            line(words.item, 9_900, LineKind::Return),
            line(words.item, 4_900, LineKind::Shipping),
        ],
        total: part(frame, words.amount),
        taxes: vec![
            Tax { rate: Some(percent(2500, frame.language)), amount: part(frame, 9_980) },
            Tax { rate: None, amount: part(frame, 120) },
        ],
        tip: Some(part(frame, 1_000)),
        paid_otherwise: [Otherwise::GiftCard, Otherwise::Card, Otherwise::Voucher, Otherwise::Cash]
            .map(|way| (way, part(frame, 1_000)))
            .into(),
        number: Some(shown(words.own)),
        till: Some(shown(words.own)),
        barcode: Some(Barcode {
            text: shown(words.own),
            bars: Some((40, "M10 0h2v1h-2zM14 0h4v1h-4zM22 0h8v1h-8z".to_owned())),
        }),
    }
}

fn request(frame: &Frame, words: &Words) -> Request {
    Request {
        wallet: wallet(frame, words),
        id: words.own.to_owned(),
        step: words.own.to_owned(),
        seen: words.own.to_owned(),
        merchant: shown(words.merchant),
        company: Some(shown(words.company)),
        msn: "123456".to_owned(),
        reference: words.own.to_owned(),
        description: Some(shown(words.description)),
        amount: sum(frame, words.amount),
        deadline: soon(),
        receipt: Some(receipt(frame, words)),
        shared: vec![frame.texts().scope_name, frame.texts().scope_address],
        sources: sources(words),
        decline: None,
        may_postpone: false,
        terms_url: Some(words.return_url.to_owned()),
        privacy_url: Some(words.return_url.to_owned()),
    }
}

fn everything_of_a_request(frame: &Frame, words: &Words) -> Request {
    Request { decline: Some(Decline::Country), may_postpone: true, msn: words.own.to_owned(), ..request(frame, words) }
}

fn standstill(frame: &Frame, words: &Words, why: Why) -> Standstill {
    Standstill {
        wallet: wallet(frame, words),
        id: words.own.to_owned(),
        step: words.own.to_owned(),
        merchant: shown(words.merchant),
        amount: (why != Why::AlreadyOpen).then(|| sum(frame, words.amount)),
        why,
    }
}

fn step_up(frame: &Frame, words: &Words) -> StepUp {
    let source = Source {
        id: words.own.to_owned(),
        brand: shown(words.item),
        last4: words.own.to_owned(),
        is_commercial: false,
        is_chosen: true,
        blocked: None,
    };
    let source = if words.amount == HOSTILE.amount {
        source
    } else {
        Source { brand: shown("Visa"), last4: "4242".into(), ..source }
    };
    StepUp {
        wallet: wallet(frame, words),
        id: words.own.to_owned(),
        seen: words.own.to_owned(),
        source,
        merchant: shown(words.merchant),
        amount: sum(frame, words.amount),
    }
}

fn result(frame: &Frame, words: &Words, outcome: Outcome) -> ResultPage {
    ResultPage {
        wallet: wallet(frame, words),
        id: words.own.to_owned(),
        outcome,
        merchant: shown(words.merchant),
        amount: sum(frame, words.amount),
        way_back: WayBack::Link(words.return_url.to_owned()),
    }
}

fn declined(frame: &Frame, words: &Words, decline: Decline) -> ResultPage {
    ResultPage { way_back: WayBack::None, ..result(frame, words, Outcome::Declined(decline)) }
}

fn scan(frame: &Frame, words: &Words) -> Scan {
    Scan { wallet: wallet(frame, words), content: Shown::default(), is_foreign: false }
}

fn scan_foreign(frame: &Frame, words: &Words) -> Scan {
    Scan { content: shown(words.return_url), is_foreign: true, ..scan(frame, words) }
}

fn my_code(frame: &Frame, words: &Words) -> MyCode {
    let content = format!("https://pay.example/28/2/01/031/{}?v=1", words.own);
    MyCode { wallet: wallet(frame, words), content }
}

fn cards(frame: &Frame, words: &Words) -> Cards {
    let card = |id: &str, brand: &str, last4: &str| Card {
        id: format!("{id}{}", words.own),
        brand: shown(brand),
        last4: last4.to_owned(),
        expiry: "12/29".to_owned(),
        is_expired: false,
        balance: Some(sum(frame, 1_000_000)),
        balance_field: Shown::of("10000.00"),
        is_balance_wrong: false,
        is_commercial: false,
        is_main: false,
        does: Does::Work,
    };
    Cards {
        wallet: wallet(frame, words),
        cards: vec![
            Card { is_main: true, ..card("c1", "Visa", "4242") },
            Card {
                balance: None,
                balance_field: Shown::default(),
                does: Does::StepUp,
                ..card("c2", "Mastercard", "4444")
            },
            Card {
                is_expired: true,
                is_commercial: true,
                expiry: "01/24".to_owned(),
                does: Does::Issuer,
                ..card("c3", "Visa", "1881")
            },
        ],
        new: NewCard::default(),
        is_full: false,
        is_saved: false,
    }
}

fn cards_wrong(frame: &Frame, words: &Words) -> Cards {
    let new = NewCard {
        brand: words.own.to_owned(),
        last4: shown(words.own),
        expiry: shown(words.own),
        balance: shown(words.own),
        is_commercial: true,
        does: Does::Limit,
        wrong: vec![CardField::Last4, CardField::Expiry, CardField::Balance],
    };
    let mut page = Cards { new, ..cards(frame, words) };
    page.cards.truncate(1);
    for card in &mut page.cards {
        card.balance_field = shown(words.own);
        card.is_balance_wrong = true;
    }
    page
}

fn history(frame: &Frame, words: &Words) -> History {
    let row = |id: &str, kind: Kind, at: &str| Past {
        id: format!("{id}{}", words.own),
        merchant: shown(words.merchant),
        amount: sum(frame, words.amount),
        kind,
        at: at.to_owned(),
    };
    History {
        wallet: wallet(frame, words),
        filter: Filter::All,
        rows: vec![
            row("h5", Kind::Reserved, "26.11.2026 16:26"),
            row("h4", Kind::Captured, "25.11.2026 09:03"),
            row("h3", Kind::Refunded, "24.11.2026 21:40"),
            row("h2", Kind::Released, "24.11.2026 12:00"),
            row("h1", Kind::Failed, "23.11.2026 08:15"),
        ],
    }
}

fn item(frame: &Frame, words: &Words) -> Item {
    let transaction = |kind: Kind, minor_units: i64, at: &str, note: Option<&str>| Transaction {
        kind,
        amount: sum(frame, minor_units),
        at: at.to_owned(),
        note: note.map(shown),
    };
    Item {
        wallet: wallet(frame, words),
        merchant: shown(words.merchant),
        amount: sum(frame, words.amount),
        kind: Kind::Captured,
        description: Some(shown(words.description)),
        transactions: vec![
            transaction(Kind::Refunded, 10_000, "26.11.2026 10:12", Some(words.description)),
            transaction(Kind::Failed, 10_000, "26.11.2026 10:11", None),
            transaction(Kind::Released, 5_000, "25.11.2026 09:04", None),
            transaction(Kind::Captured, words.amount, "25.11.2026 09:03", None),
            transaction(Kind::Reserved, words.amount, "24.11.2026 16:26", None),
        ],
        receipt: Some(receipt(frame, words)),
        receipt_url: Some(words.return_url.to_owned()),
        picture: Some(frame.asset("icon-192.png")),
        button: Some((frame.texts().cat_ticket, words.return_url.to_owned())),
        msn: "123456".to_owned(),
        reference: words.own.to_owned(),
    }
}

fn address(words: &Words) -> Address {
    Address {
        id: words.own.to_owned(),
        line1: shown(words.item),
        line2: Shown::default(),
        post_code: shown("0154"),
        city: shown("Oslo"),
        country: shown("NO"),
        is_main: true,
    }
}

fn profile(frame: &Frame, words: &Words) -> Profile {
    let second = Address { id: "a2".to_owned(), line2: shown(words.person), is_main: false, ..address(words) };
    Profile {
        wallet: wallet(frame, words),
        name: shown(words.person),
        email: shown("kari@example.com"),
        birth_date: shown("1990-05-17"),
        language: frame.language,
        browser: BrowserMode::Same,
        addresses: vec![address(words), second],
        new_address: Address::default(),
        script: vec![
            Step { act: Some(Act::Approve), after_seconds: 2 },
            Step { act: Some(Act::Reject), after_seconds: 0 },
        ],
        wrong: Vec::new(),
        wrong_address: None,
        is_full: false,
        is_saved: false,
    }
}

fn profile_wrong(frame: &Frame, words: &Words) -> Profile {
    Profile {
        email: shown(words.item),
        birth_date: shown(words.item),
        wrong: vec![ProfileField::Name, ProfileField::Email, ProfileField::BirthDate],
        wrong_address: Some(String::new()),
        new_address: Address { line1: shown(words.item), ..Address::default() },
        browser: BrowserMode::Never,
        ..profile(frame, words)
    }
}
