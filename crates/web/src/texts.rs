//! Everything the pages say to payers, in five languages.
//!
//! [`Texts`] has one field for each text and each language is one constant of it, so that a missing translation does not compile. A text
//! with places such as `{m}` is filled by the function of its name, in one pass: what is put in is never looked at again.
//!
//! The words of buttons are part of the contract with tests and assistive technology, which find buttons by them.

pub(crate) mod da;
pub(crate) mod en;
pub(crate) mod fi;
pub(crate) mod no;
pub(crate) mod sv;

use std::fmt::Display;

macro_rules! texts {
    ($($name:ident $(($($place:ident),+))?;)*) => {
        /// What the pages say in one language.
        pub(crate) struct Texts {
            $(pub(crate) $name: &'static str,)*
        }

        impl Texts {
            $($(
                /// The text of this name with its places filled.
                pub(crate) fn $name(&self, $($place: impl Display),+) -> String {
                    fill(self.$name, &[$((stringify!($place), &$place)),+])
                }
            )?)*

            /// Every text with its name and the places it has to have.
            #[cfg(test)]
            fn all(&self) -> Vec<(&'static str, &'static str, Vec<&'static str>)> {
                vec![$((stringify!($name), self.$name, vec![$($(stringify!($place)),+)?]),)*]
            }
        }
    };
}

// Places: `b` the brand, `m` a sales unit, `a` an amount, `n` a number, `t` a time.
texts! {
    // Every page.
    test_bar; language; skip; save; saved; field_wrong; error_in_title(t);

    // The landing page.
    title_pay(b); pay_to(m); phone_label; phone_help; country_code; remember; forget; next; change_number; cancel; open_wallet;
    or_phone; phone_invalid; cannot_pay; too_many; new_payment;
    wait_title; wait_sent(n); wait_hint; scan_instead; code_alt; check_now; stop_auto; reconnecting;
    ends_at(t); time_left(t); left_5_minutes; time_warn; left_seconds(n);
    done_ok; done_back(m); done_cancelled; done_expired; done_withdrawn(m); going_back(m); close_page; processing;
    card_soon; link_dead; err_generic(n); unavailable; unavailable_hint; stale; try_again; no_frame;

    // The wallet: who is who.
    wallet; who_pays; sandbox_only; signed_in; test_payers; any_number; pin; pin_help; pin_wrong; sign_in; sign_out; switch_payer;
    user_10; user_11; user_12; user_13; user_14; user_15; user_16; user_17; user_18; user_19; user_20; user_21; user_22; user_23;
    user_30; user_31; user_32; user_33; user_34; user_35; user_36; user_37; user_39;

    // The wallet: requests.
    inbox; inbox_empty; inbox_empty_hint; push_text(m, a); postpone; expired_from(m); scan; my_qr; my_qr_hint;
    scan_help; scan_field; scan_go; scan_foreign;
    company; msn; reference; details; terms; privacy; total; vat; vat_of(n); item; quantity; sum; discount; returned; shipping; tip;
    receipt; receipt_number; till; by_gift_card; by_card; by_voucher; by_cash;
    consent_title(m); scope_name; scope_address; scope_email; scope_phone; scope_birth; scope_nin; scope_accounts;
    pay_from; main_card; company_card; card_ends(n); card_until(t); card_over(t); approve(a); reject;
    already_open; needs_delivery; age_wallet(n, m);
    decl_funds; decl_issuer; decl_limit; decl_expired; decl_invalid; decl_auth; decl_blocked;
    decl_nosource; decl_country; try_other; tds_title; tds_code; tds_help; tds_go;
    paid_to(m); shop_goes_on; to_requests;

    // The wallet: cards.
    cards; cards_empty; add_card; card_kind; last_digits; card_expiry; card_expiry_help; balance; balance_help; balance_open;
    card_does; does_work; does_step_up; does_issuer; does_funds; does_limit; does_expired; does_invalid; does_auth; does_country;
    make_main; remove; full(n);

    // The wallet: what has been.
    cat_general; cat_receipt; cat_order; cat_delivery; cat_ticket; cat_booking; news(m, w); barcode;
    hist; hist_empty; hist_all; h_reserved; h_captured; h_refunded; h_released; h_failed; events; receipt_from_shop; help;
    help_text(m);

    // The wallet: the payer.
    profile; name; email; birth_date; birth_date_help; phone; addresses; addresses_empty; add_address; edit_address;
    main_address; make_main_address;
    address_line; address_more; post_code; city; country; browser_mode; browser_same; browser_never; script; script_help; script_does;
    script_after; script_after_help; script_empty; script_approve; script_reject; script_open; script_ignore;
}

/// What stands before and behind the only place of a text, for pages that set what is put in apart.
pub(crate) fn around(text: &'static str) -> (&'static str, &'static str) {
    let (before, place) = text.split_once('{').unwrap_or((text, ""));
    (before, place.split_once('}').map_or("", |(_, behind)| behind))
}

/// The text with every place filled. A place nothing is known of stays as it is.
fn fill(text: &str, places: &[(&str, &dyn Display)]) -> String {
    let mut filled = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        let place = after.split_once('}').and_then(|(name, behind)| {
            let (_, value) = places.iter().find(|(known, _)| *known == name)?;
            Some((value, behind))
        });
        match place {
            Some((value, behind)) => {
                filled.push_str(&value.to_string());
                rest = behind;
            }
            None => {
                filled.push('{');
                rest = after;
            }
        }
    }
    filled.push_str(rest);
    filled
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;
    use crate::language::Language;

    /// Languages, and the texts that are the same in them, because their words are.
    const SHARED: &[(&str, &str)] = &[
        ("en sv", "cat_order"),
        ("no sv", "language cancel total discount shipping email script_does scope_email"),
        (
            "no da",
            "title_pay pay_to scope_name scope_address scope_birth scope_accounts cat_order cat_receipt \
                cat_delivery who_pays test_payers any_number user_30 user_39 postpone my_qr msn details item \
                receipt receipt_number till by_gift_card pay_from main_card company_card approve tds_code \
                paid_to card_kind does_work remove hist_all receipt_from_shop name birth_date \
                birth_date_help main_address",
        ),
        (
            "no da sv",
            "phone_label scope_phone returned by_card by_cash cards h_captured profile phone addresses post_code \
                country",
        ),
        ("en da", "reference"),
        ("da sv", "vat vat_of quantity hist script_after"),
        ("no da fi sv", "balance"),
    ];

    fn places(text: &str) -> BTreeSet<&str> {
        text.split('{').skip(1).map(|part| part.split('}').next().unwrap_or_default()).collect()
    }

    #[test]
    fn every_text_says_something_and_has_its_places() {
        for language in Language::ALL {
            for (name, text, expected) in language.texts().all() {
                assert!(!text.trim().is_empty() && text.trim() == text, "{language:?} {name}");
                assert_eq!(places(text), expected.iter().copied().collect(), "{language:?} {name}");
                assert_eq!(text.matches('{').count(), expected.len(), "{language:?} {name}");
                assert!(!text.contains('<') && !text.contains('&'), "{language:?} {name}");
            }
        }
    }

    fn shared(name: &str) -> BTreeSet<BTreeSet<&'static str>> {
        let rows = SHARED.iter().filter(|(_, names)| names.split_whitespace().any(|shared| shared == name));
        rows.map(|(languages, _)| languages.split_whitespace().collect()).collect()
    }

    #[test]
    fn no_text_was_left_in_the_language_of_another() {
        for (at, (name, ..)) in Language::English.texts().all().into_iter().enumerate() {
            let mut said: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
            for language in Language::ALL {
                let (_, text, _) = language.texts().all()[at];
                said.entry(text).or_default().insert(language.code());
            }
            let alike: BTreeSet<BTreeSet<&str>> = said.into_values().filter(|languages| languages.len() > 1).collect();
            assert_eq!(alike, shared(name), "{name}");
        }
    }

    #[test]
    fn what_is_put_in_is_not_looked_at_again() {
        let texts = Language::English.texts();
        assert_eq!(texts.push_text("{a} {m} {", "NOK 1.00"), "{a} {m} { requests NOK 1.00");
        assert_eq!(fill("{x} and {m", &[("m", &"y")]), "{x} and {m");
    }
}
