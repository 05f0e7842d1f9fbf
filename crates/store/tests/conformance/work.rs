//! Intents as the engine makes them, in few words.

use std::sync::Arc;

use bytes::Bytes;
use domain::{
    merchant::{Flags, Market, SalesUnit},
    money::{Currency, MinorUnits, Money},
    payer::{Profile, Scope, Sub},
    payment::{
        Approval, Command, Event, Method, Payment, Proposal, ProposedAmount, PspReference, Refusal, Rejection, Rules,
        ShortLink, Stamp, UserFlow, create, decide,
    },
    request::{Channel, Plan, Request},
    text::{
        CardBin, Email, Id, IdempotencyKey, Msn, PartnerId, PartnerName, PersonName, PhoneNumber, Reference,
        SalesUnitName, Space,
    },
    time::{Span, Timestamp},
    wallet::{
        Act, After, Behaviour, Brand, Date, Decline, Expiry, Payer, Returns, SavedAddress, Script, Source, SourceKind,
        Step,
    },
};
use store::{
    Answer, Connection, Digest, Directory, DirectoryChange, Idempotency, Intent, KeyHolder, KeySet, KeySetId,
    NewPartner, NewSalesUnit, Operation, Outcome, Partner, PaymentChange, RequestChange, RequestStanding, Store, Work,
};

/// When everything begins.
pub const START: Timestamp = Timestamp::from_milliseconds(1_760_000_000_000);

/// What is sent of an event: its name and its place in the log.
pub fn announce(payment: &Payment, event: &Event) -> Bytes {
    format!("{} {} of {}", event.occurrence.name().as_str(), event.sequence, payment.reference.as_str()).into()
}

pub fn msn(text: &str) -> Msn {
    Msn::parse(text).unwrap()
}

pub fn reference(text: &str) -> Reference {
    Reference::parse(text).unwrap()
}

pub fn unit(number: &str) -> SalesUnit {
    SalesUnit {
        msn: msn(number),
        name: SalesUnitName::parse("Conformance").unwrap(),
        market: Market::Norway,
        space: Space::parse("default").unwrap(),
        flags: Flags::NEW,
    }
}

/// A sales unit with keys whose digests are made of `seed`.
pub fn new_sales_unit(number: &str, seed: u8) -> NewSalesUnit {
    NewSalesUnit { unit: unit(number), key_set: key_set(KeyHolder::SalesUnit(msn(number)), seed), created_at: START }
}

fn key_set(holder: KeyHolder, seed: u8) -> KeySet {
    KeySet {
        id: KeySetId([seed; 16]),
        holder,
        client_id: format!("client-{seed}").into(),
        generation: 0,
        client_secret: Some(Digest([seed; 32])),
        subscription_keys: [Some(Digest([seed.wrapping_add(100); 32])), Some(Digest([seed.wrapping_add(150); 32]))],
    }
}

pub fn partner_id(text: &str) -> PartnerId {
    PartnerId::parse(text).unwrap()
}

/// A partner with keys whose digests are made of `seed`.
pub fn new_partner(id: &str, seed: u8) -> NewPartner {
    NewPartner {
        partner: Partner { id: partner_id(id), name: PartnerName::parse("Conformance").unwrap() },
        key_set: key_set(KeyHolder::Partner(partner_id(id)), seed),
        created_at: START,
    }
}

pub fn connection(number: &str, partner: &str) -> Connection {
    Connection { msn: msn(number), partner: partner_id(partner) }
}

/// An intent on the directory.
pub fn directory_intent(decide: impl Fn(&Directory) -> Option<DirectoryChange> + Send + Sync + 'static) -> Intent {
    Intent { now: START, work: Work::Directory { decide: Box::new(decide) } }
}

/// Makes one change of the directory, whatever is stored.
pub async fn change_directory(store: &dyn Store, change: DirectoryChange) -> Result<Outcome, store::Trouble> {
    store.apply(directory_intent(move |_| Some(change.clone()))).await
}

pub async fn make_sales_unit(store: &dyn Store, number: &str, seed: u8) {
    let new = new_sales_unit(number, seed);
    let made = change_directory(store, DirectoryChange::CreateSalesUnit(new)).await;
    assert_eq!(made, Ok(Outcome::Done(Answer::none())));
}

pub fn keyed(operation: Operation, scope: Option<&str>, key: &str, asked: u8) -> Option<Idempotency> {
    Some(Idempotency {
        operation,
        reference: scope.map(reference),
        key: IdempotencyKey::parse(key).unwrap(),
        fingerprint: [asked; 32],
    })
}

pub fn answer(payment: &Payment) -> Answer {
    let sums = payment.aggregate();
    let body = format!("{} {} {}", payment.state.name(), payment.last_sequence, sums.captured.value());
    Answer { status: 200, body: body.into() }
}

/// Creates a payment of ten kroner under a key.
pub fn creation(number: &str, name: &str, key: &str, asked: u8) -> Intent {
    creation_of(number, name, key, asked, None)
}

/// The same, of what this receipt says.
pub fn creation_of(number: &str, name: &str, key: &str, asked: u8, receipt: Option<Box<str>>) -> Intent {
    let (unit, name) = (unit(number), reference(name));
    let proposal = Proposal {
        amount: ProposedAmount { value: MinorUnits::new(1000), currency: Currency::Nok },
        method: Some(Method::Wallet),
        return_url: Some("https://example.com".into()),
        receipt_url: None,
        flow: UserFlow::WebRedirect,
        customer: None,
        blocks_commercial_cards: false,
        minimum_age: None,
        expires_at: None,
        scope: Scope::parse("name"),
        express: None,
        receipt,
        industry_data: None,
        description: None,
        customer_present: false,
        metadata: Some(vec![("z".into(), "1".into()), ("a".into(), "2".into())]),
        create_key: IdempotencyKey::parse(key).unwrap(),
    };
    let named = name.clone();
    let decide = Box::new(move |stored: Option<&Payment>| {
        if stored.is_some() {
            return Err(Refusal::Rule(Rejection::ReferenceExists));
        }
        let rules = Rules { insecure_return_urls_allowed: false, insecure_callback_urls_allowed: false };
        let (terms, event) = create(
            &proposal,
            &unit,
            rules,
            Ok(None),
            START,
            psp_reference(&["create", unit.msn.as_str(), named.as_str()]),
        )?;
        let payment = Payment::opened(unit.msn.clone(), named.clone(), terms, &event)?;
        let short_link = Some(short_link(unit.msn.as_str(), named.as_str()));
        Ok(PaymentChange { short_link, ..PaymentChange::new(payment.clone(), vec![event], answer(&payment)) })
    });
    let idempotency = keyed(Operation::Create, None, key, asked);
    Intent { now: START, work: Work::Payment { msn: msn(number), reference: name, idempotency, decide, announce } }
}

/// Any command on a payment, so long after the beginning.
pub fn command(number: &str, name: &str, command: Command, after: Span, idempotency: Option<Idempotency>) -> Intent {
    let unit = Arc::new(unit(number));
    let (asked, at) = (format!("{command:?}"), format!("{after:?} {idempotency:?}"));
    let stamp = Stamp {
        now: START.plus(after),
        psp_reference: psp_reference(&["command", number, name, &asked, &at]),
        due_psp_reference: psp_reference(&["due", number, name, &asked, &at]),
        idempotency_key: idempotency.as_ref().map(|idempotency| idempotency.key.clone()),
    };
    let now = stamp.now;
    let decide = Box::new(move |stored: Option<&Payment>| {
        let payment = stored.ok_or(Refusal::Rule(Rejection::ReferenceNotFound))?;
        let decision = decide(payment, &unit, &command, &stamp)?;
        let payment = decision.events.iter().try_fold(payment.clone(), |payment, event| payment.after(event))?;
        let change = PaymentChange::new(payment.clone(), decision.events, answer(&payment));
        Ok(PaymentChange { refused: decision.refused, ..change })
    });
    Intent { now, work: Work::Payment { msn: msn(number), reference: reference(name), idempotency, decide, announce } }
}

/// A short link made of the payment's names.
pub fn short_link(number: &str, name: &str) -> ShortLink {
    ShortLink(hash(&[number, name]))
}

/// The id of an event, another for each.
fn psp_reference(of: &[&str]) -> PspReference {
    PspReference(hash(of))
}

fn hash(words: &[&str]) -> [u8; 16] {
    let hash = |seed: u64| {
        let bytes = words.iter().flat_map(|word| word.bytes().chain(*b"/"));
        bytes.fold(seed, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3).rotate_left(23))
    };
    (u128::from(hash(1)) << 64 | u128::from(hash(2))).to_be_bytes()
}

/// A payer who has shared nothing but who it is.
pub fn empty_profile(sub: u8) -> Profile {
    Profile {
        sub: Sub([sub; 16]),
        name: None,
        email: None,
        phone_number: None,
        birth_date: None,
        addresses: Vec::new(),
    }
}

pub fn approval(number: &str, name: &str) -> Intent {
    command(number, name, Command::Authorize(Approval::default()), Span::seconds(1), None)
}

pub fn capture(number: &str, name: &str, value: i64, key: &str) -> Intent {
    let sum = Money { value: MinorUnits::new(value).unwrap(), currency: Currency::Nok };
    let asked = u8::try_from(value % 251).unwrap();
    command(number, name, Command::Capture(sum), Span::seconds(2), keyed(Operation::Capture, Some(name), key, asked))
}

pub fn phone(text: &str) -> PhoneNumber {
    PhoneNumber::parse(text).unwrap()
}

/// A payer with one of everything that can be stored, and so much on the first card.
pub fn a_payer(number: &str, balance: i64) -> Payer {
    let source = |id: &str, kind: SourceKind, balance, behaviour| Source {
        id: Id::parse(id).unwrap(),
        kind,
        balance,
        behaviour,
    };
    let card = SourceKind::Card {
        brand: Brand::Visa,
        bin: CardBin::parse("429198").unwrap(),
        last_4: *b"1234",
        expiry: Expiry { year: 2030, month: 2 },
        is_commercial: true,
    };
    let address = domain::payer::Address {
        line_1: "Storgata 1".into(),
        line_2: Some("H0101".into()),
        city: "Oslo".into(),
        post_code: "0155".into(),
        country: "NO".into(),
    };
    Payer {
        number: phone(number),
        name: PersonName::parse("Ada Ødegård").unwrap(),
        email: Email::parse("ada@example.com").unwrap(),
        email_is_verified: true,
        born: Date::new(1980, 2, 29).unwrap(),
        addresses: vec![SavedAddress { id: Id::parse("home").unwrap(), address }],
        sources: vec![
            source("card-1", card, MinorUnits::new(balance), Behaviour::Pays),
            source("bank", SourceKind::Account { last_4: *b"0001" }, None, Behaviour::Declines(Decline::Limit)),
        ],
        is_blocked: true,
        returns: Returns::Never,
        language: Some("da".into()),
        script: Script {
            steps: vec![
                Step { act: Act::Approve, after: After::Request(Span::seconds(8)) },
                Step { act: Act::Back, after: After::BeforeEnd(Span::seconds(1)) },
            ],
            next: 1,
        },
        version: 1,
    }
}

/// A payer as given, unless something of one is stored.
pub fn keeping(payer: Payer) -> Intent {
    let (number, decide) = (payer.number.clone(), move |stored: Option<&Payer>| match stored {
        None => Some(payer.clone()),
        Some(_) => None,
    });
    Intent { now: START, work: Work::Payer { number, decide: Box::new(decide) } }
}

/// An intent on the request of a payment, with the wallet of a payer.
pub fn on_request(
    number: &str,
    name: &str,
    payer: Option<&str>,
    decide: impl Fn(RequestStanding<'_>) -> Result<RequestChange, Refusal> + Send + Sync + 'static,
) -> Intent {
    let (msn, reference, payer) = (msn(number), reference(name), payer.map(phone));
    Intent { now: START, work: Work::Request { msn, reference, payer, decide: Box::new(decide), announce } }
}

/// Gives the request to this payer, so long after the beginning, unless somebody has it.
pub fn asking(number: &str, name: &str, payer: &str, after: Span) -> Intent {
    let payer = phone(payer);
    on_request(number, name, None, move |standing| {
        standing.payment.ok_or(Refusal::Rule(Rejection::ReferenceNotFound))?;
        let request = standing.request.cloned().unwrap_or_default();
        let given = request.given_to(&payer, Channel::Push, START.plus(after)).ok();
        Ok(RequestChange { request: given.filter(|_| request.holder.is_none()), ..RequestChange::default() })
    })
}

/// Keeps a payer, and a request of that payer's with something planned.
pub async fn ask_a_payer(store: &dyn Store, number: &str, name: &str) {
    const PAYER: &str = "4740000010";
    done(store.apply(keeping(a_payer(PAYER, 10_000))).await);
    let given = Request::default().given_to(&phone(PAYER), Channel::Push, START).unwrap();
    let planned = given.planned(Some(Plan { act: Act::Approve, at: START.plus(Span::seconds(8)) }));
    let asked = on_request(number, name, None, move |_| {
        Ok(RequestChange { request: Some(planned.clone()), ..RequestChange::default() })
    });
    done(store.apply(asked).await);
}

/// The payer pays with the first card, on which there is less afterwards.
pub fn paying(number: &str, name: &str, payer: &str) -> Intent {
    let (unit, stamp) = (unit(number), stamp_of("paying", number, name));
    on_request(number, name, Some(payer), move |standing| {
        let payment = standing.payment.ok_or(Refusal::Rule(Rejection::ReferenceNotFound))?;
        let payer = standing.payer.expect("the payer is stored");
        let approval = Approval { payer: Some(payer.number.clone()), ..Approval::default() };
        let events = decide(payment, &unit, &Command::Authorize(approval), &stamp)?.events;
        let after = events.iter().try_fold(payment.clone(), |payment, event| payment.after(event))?;
        let request = standing.request.cloned().unwrap_or_default().paid("Visa 1234");
        let paid = payer.clone().having_paid(&payer.sources[0].id, payment.terms.amount.value);
        let paid = Payer { version: payer.version + 1, ..paid };
        Ok(RequestChange { payment: Some((after, events)), request: Some(request), payer: Some(paid) })
    })
}

/// The same, but whatever comes of it is this change of it.
pub fn paying_but(
    number: &str,
    name: &str,
    payer: &str,
    edit: impl Fn(RequestChange) -> RequestChange + Send + Sync + 'static,
) -> Intent {
    let Intent { now, work } = paying(number, name, payer);
    let Work::Request { msn, reference, payer, decide, announce } = work else { panic!("it is on a request") };
    let decide = Box::new(move |standing: RequestStanding<'_>| decide(standing).map(&edit));
    Intent { now, work: Work::Request { msn, reference, payer, decide, announce } }
}

fn stamp_of(what: &str, number: &str, name: &str) -> Stamp {
    Stamp {
        now: START.plus(Span::seconds(1)),
        psp_reference: psp_reference(&[what, number, name]),
        due_psp_reference: psp_reference(&["due to", what, number, name]),
        idempotency_key: None,
    }
}

/// A request of one payment, as stored; nothing where there is none.
pub async fn request_of(store: &dyn Store, number: &str, name: &str) -> Option<Request> {
    let asked = store.asked_payment(&msn(number), &reference(name)).await.unwrap().expect("the payment is there");
    Some(asked.request).filter(|request| *request != Request::default())
}

/// The body of an answer that was done now.
pub fn done(outcome: Result<Outcome, store::Trouble>) -> String {
    match outcome {
        Ok(Outcome::Done(answer)) => String::from_utf8(answer.body.to_vec()).unwrap(),
        other => panic!("not done: {other:?}"),
    }
}
