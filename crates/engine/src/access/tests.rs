//! How many tokens are remembered, and which are forgotten first.

use store::KeySet;

use super::*;

const NOW: Timestamp = Timestamp::from_milliseconds(1_760_000_000_000);
const VERIFIED: Verified = Verified { key_set: KeySetId([7; 16]), generation: 0, counts_alone: false };

/// What stands for a token: its digest.
fn name(number: usize) -> [u8; 32] {
    let mut name = [0; 32];
    for (to, from) in name.iter_mut().zip(number.to_be_bytes()) {
        *to = from;
    }
    name
}

fn claims(lifetime: Span) -> Claims {
    let key_set = KeySet {
        id: VERIFIED.key_set,
        holder: KeyHolder::SalesUnit(Msn::parse("123456").unwrap()),
        client_id: "id".into(),
        generation: 0,
        client_secret: None,
        subscription_keys: [None, None],
    };
    Claims::new(Mode::Sandbox, &key_set, NOW, NOW, NOW.plus(lifetime), false)
}

/// An access that remembers as many tokens as it may: the first half for a minute, the others for an hour.
fn full() -> Access {
    let access = Access::new(&Directory::default());
    let (short, long) = (claims(Span::minutes(1)), claims(Span::minutes(60)));
    for number in 0..REMEMBERED_TOKENS_MAX {
        let claims = if number < REMEMBERED_TOKENS_MAX / 2 { &short } else { &long };
        access.remember(name(number), claims, VERIFIED, NOW);
    }
    access
}

fn remembered(access: &Access, now: Timestamp) -> usize {
    (0..=REMEMBERED_TOKENS_MAX).filter(|number| access.remembered(&name(*number), now).is_some()).count()
}

#[test]
fn the_most_tokens_are_remembered_each_until_it_lapses() {
    let access = full();
    assert_eq!(remembered(&access, NOW), REMEMBERED_TOKENS_MAX);
    assert_eq!(remembered(&access, NOW.plus(Span::minutes(1)).minus(Span::milliseconds(1))), REMEMBERED_TOKENS_MAX);
    assert_eq!(remembered(&access, NOW.plus(Span::minutes(1))), REMEMBERED_TOKENS_MAX / 2);
    assert_eq!(remembered(&access, NOW.plus(Span::minutes(60))), 0);
}

#[test]
fn one_more_makes_room_by_what_has_lapsed() {
    let access = full();
    let now = NOW.plus(Span::minutes(1));
    access.remember(name(REMEMBERED_TOKENS_MAX), &claims(Span::minutes(60)), VERIFIED, now);
    assert_eq!(access.verified.read().unwrap().len(), REMEMBERED_TOKENS_MAX / 2 + 1, "what has lapsed is gone");
    assert_eq!(remembered(&access, now), REMEMBERED_TOKENS_MAX / 2 + 1);
}

#[test]
fn one_more_than_the_most_that_count_begins_anew() {
    let access = full();
    access.remember(name(REMEMBERED_TOKENS_MAX), &claims(Span::minutes(60)), VERIFIED, NOW);
    assert_eq!(access.verified.read().unwrap().len(), 1);
    assert!(access.remembered(&name(REMEMBERED_TOKENS_MAX), NOW).is_some(), "the new one is remembered");
}
