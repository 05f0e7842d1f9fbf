//! Who has a request, and who does not get it.

use super::*;

const fn at(milliseconds: i64) -> Timestamp {
    Timestamp::from_milliseconds(milliseconds)
}

fn number(text: &str) -> PhoneNumber {
    PhoneNumber::parse(text).unwrap()
}

fn kinds(request: &Request) -> Vec<NoteKind> {
    request.notes.iter().map(|note| note.kind).collect()
}

#[test]
fn another_number_on_the_landing_page_takes_the_request_from_the_first() {
    let (ada, bob) = (number("4740000010"), number("4740000012"));
    let first = Request::default().given_to(&ada, Channel::Landing, at(1)).unwrap();
    assert!(first.is_of(&ada) && !first.is_of(&bob));
    let second = first.given_to(&bob, Channel::Landing, at(2)).unwrap();
    assert!(second.is_of(&bob));
    assert_eq!(second.withdrawn_from, std::slice::from_ref(&ada));
    let back = second.given_to(&ada, Channel::Landing, at(3)).unwrap();
    assert_eq!(back.withdrawn_from, [bob], "whoever has it is not one it was taken from");
    assert_eq!(back.submissions, 3);
}

#[test]
fn one_push_for_one_number_however_often_it_is_given() {
    let ada = number("4740000010");
    let mut request = Request::default();
    for _ in 0..SUBMISSIONS_MAX {
        request = request.given_to(&ada, Channel::Landing, at(1)).unwrap();
    }
    assert_eq!(kinds(&request), [NoteKind::PhoneSubmitted, NoteKind::PushSent]);
    assert_eq!(request.given_to(&ada, Channel::Landing, at(1)), Err(NotGiven::TooOften));
    assert_eq!(request.refused_number(at(1)), Err(NotGiven::TooOften));
    assert!(request.given_to(&ada, Channel::Wallet, at(1)).is_ok(), "its wallet opens it all the same");
}

#[test]
fn a_number_that_cannot_pay_counts_and_asks_nobody() {
    let refused =
        (0..SUBMISSIONS_MAX - 1).fold(Request::default(), |request, _| request.refused_number(at(1)).unwrap());
    assert_eq!(refused.holder, None);
    let last = refused.given_to(&number("4740000010"), Channel::Landing, at(2)).unwrap();
    assert!(!last.takes_numbers());
}

#[test]
fn a_wallet_takes_no_request_from_another() {
    let (ada, bob) = (number("4740000010"), number("4740000012"));
    for by in [Channel::Landing, Channel::Push, Channel::Wallet] {
        let request = Request::default().given_to(&ada, by, at(1)).unwrap();
        assert_eq!(request.given_to(&bob, Channel::Wallet, at(2)), Err(NotGiven::AlreadyOpen), "{by:?}");
    }
    let scanned = Request::default().given_to(&ada, Channel::Wallet, at(1)).unwrap();
    assert_eq!(kinds(&scanned), [NoteKind::WalletOpened]);
    assert_eq!(scanned.opened(at(2)), None, "it is open");
}

#[test]
fn what_was_put_off_is_there_again_once_it_is_opened() {
    let request = Request::default().given_to(&number("4740000010"), Channel::Push, at(1)).unwrap();
    let later = request.postponed(at(2)).unwrap();
    assert!(later.holder.as_ref().unwrap().is_postponed);
    let opened = later.opened(at(3)).unwrap();
    assert!(!opened.holder.as_ref().unwrap().is_postponed);
    assert_eq!(opened.opened(at(4)), None, "it is open");
    assert_eq!(kinds(&opened), [NoteKind::PushSent, NoteKind::Postponed, NoteKind::WalletOpened]);
}

#[test]
fn what_was_declined_is_known_by_source() {
    let (ada, card) = (number("4740000010"), Id::parse("card-1").unwrap());
    let request = Request::default().given_to(&ada, Channel::Push, at(1)).unwrap();
    let declined = request.declined(Some(&card), Decline::Funds, at(2)).unwrap();
    assert_eq!(declined.declined_with(), std::slice::from_ref(&card));
    assert_eq!(declined.holder.as_ref().unwrap().declined, Some((Some(card), Decline::Funds)));
    assert_eq!(Request::default().declined(None, Decline::Funds, at(1)), None, "nobody is asked");
    let paid = declined.paid("Visa 1234");
    assert_eq!(paid.paid_with.as_deref(), Some("Visa 1234"));
    assert!(paid.version > declined.version);
}

#[test]
fn a_tab_that_comes_back_has_not_left() {
    let request = Request::default().given_to(&number("4740000010"), Channel::Landing, at(1)).unwrap();
    let left = request.left("tab-1", at(3_001), at(1)).unwrap();
    assert_eq!(left.next_at(), Some(at(3_001)));
    assert_eq!(left.came_back("tab-2"), None);
    assert_eq!(left.came_back("tab-1").unwrap().next_at(), None);
    assert_eq!(Request::default().left("tab-1", at(1), at(1)), None, "nobody was asked yet");
    let planned = left.planned(Some(Plan { act: Act::Approve, at: at(2_000) }));
    assert_eq!(planned.next_at(), Some(at(2_000)), "whatever comes first");
}

#[test]
fn only_the_newest_notes_are_kept() {
    let mut request = Request::default().given_to(&number("4740000010"), Channel::Push, at(0)).unwrap();
    for time in 0..200 {
        request = request.declined(None, Decline::Issuer, at(time)).unwrap();
    }
    assert_eq!(request.notes.len(), NOTES_MAX);
    assert_eq!(request.notes.last().unwrap().at, at(199));
    for kind in NoteKind::ALL {
        assert_eq!(NoteKind::from_name(kind.name()), Some(kind));
    }
}
