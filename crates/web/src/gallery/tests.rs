//! What holds of every screen in every state and language.

use std::collections::BTreeSet;

use super::*;

/// The parts of a page that are markup: names of tags with the names of their attributes, in their order.
fn skeleton(page: &str) -> Vec<String> {
    let mut tags = Vec::new();
    let mut rest = page;
    while let Some((_, after)) = rest.split_once('<') {
        let mut quote = None;
        let end = after
            .char_indices()
            .find(|(_, character)| match (quote, character) {
                (None, '>') => true,
                (None, '"' | '\'') => {
                    quote = Some(*character);
                    false
                }
                (Some(open), close) if open == *close => {
                    quote = None;
                    false
                }
                _ => false,
            })
            .map(|(at, _)| at)
            .expect("a tag ends");
        let mut names = String::new();
        let mut in_quotes = false;
        for (at, part) in after[..end].split('"').enumerate() {
            in_quotes = at % 2 == 1;
            if !in_quotes {
                names.push_str(part);
            }
        }
        assert!(!in_quotes, "a quote ends: {}", &after[..end]);
        tags.push(names);
        rest = &after[end + 1..];
    }
    tags
}

fn rendered(screen: &Screen, language: Language, words: &Words) -> String {
    (screen.html)(&frame(screen.name, language), words)
}

#[test]
fn every_screen_has_a_name_of_its_own() {
    let names: BTreeSet<&str> = screens().map(|screen| screen.name).collect();
    assert_eq!(names.len(), screens().count());
    assert!(names.iter().all(|name| name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-')));
}

#[test]
fn every_screen_speaks_every_language_and_leaves_no_place_unfilled() {
    for screen in screens().filter(|screen| screen.words.amount != HOSTILE.amount) {
        for language in Language::ALL {
            let page = rendered(screen, language, screen.words);
            let place = format!("{} in {language:?}", screen.name);
            assert!(page.starts_with("<!doctype html>"), "{place}");
            assert!(page.contains(&format!("<html lang=\"{}\">", language.tag())), "{place}");
            assert!(page.contains(language.texts().test_bar), "{place}");
            assert!(page.contains("</html>"), "{place}");
            // Texts the script fills are told it by attributes; nothing else has places left.
            let mut seen = page;
            for told in [language.texts().time_left, language.texts().error_in_title] {
                seen = seen.replace(&format!("=\"{told}\""), "");
            }
            assert!(!seen.contains('{') && !seen.contains('}'), "{place}: {seen}");
        }
    }
}

#[test]
fn every_screen_has_one_heading_a_title_and_names_for_its_fields() {
    for screen in screens() {
        let page = rendered(screen, Language::English, &USUAL);
        assert_eq!(page.matches("<h1").count(), 1, "{}", screen.name);
        assert!(page.contains("tabindex=\"-1\""), "{}", screen.name);
        assert_eq!(page.matches("<main").count(), 1, "{}", screen.name);
        let title = page.split("<title>").nth(1).unwrap().split("</title>").next().unwrap();
        assert!(!title.trim().is_empty(), "{}", screen.name);
        for field in page.split(" id=\"").skip(1).filter_map(|part| part.split('"').next()) {
            let is_field =
                page.contains(&format!("<input id=\"{field}\"")) || page.contains(&format!("<select id=\"{field}\""));
            assert!(!is_field || page.contains(&format!("<label for=\"{field}\">")), "{}: {field}", screen.name);
            assert_eq!(page.matches(&format!(" id=\"{field}\"")).count(), 1, "{}: {field} twice", screen.name);
        }
    }
}

#[test]
fn nothing_anybody_writes_becomes_markup() {
    for screen in screens() {
        let usual = rendered(screen, Language::English, &USUAL);
        let hostile = rendered(screen, Language::English, &HOSTILE);
        assert_eq!(skeleton(&usual), skeleton(&hostile), "{}", screen.name);
        for character in ['\u{202e}', '\u{2066}', '\u{200b}', '\u{feff}'] {
            assert!(!hostile.contains(character), "{}: {:x}", screen.name, u32::from(character));
        }
    }
}

#[test]
fn no_page_carries_script_or_style_of_its_own() {
    for screen in screens() {
        let page = rendered(screen, Language::English, screen.words);
        for tag in skeleton(&page) {
            let name = tag.split_whitespace().next().unwrap_or_default();
            assert_ne!(name, "style", "{}", screen.name);
            assert!(name != "script" || tag.contains(" src="), "{}", screen.name);
            for attribute in tag.split_whitespace().skip(1) {
                assert!(!attribute.starts_with("on") && !attribute.starts_with("style"), "{}: {tag}", screen.name);
            }
        }
        assert!(!page.contains("href=\"javascript:"), "{}", screen.name);
    }
}

#[test]
fn the_landing_page_stays_within_its_budget() {
    const BUDGET_BYTES: usize = 60_000;
    for language in Language::ALL {
        let page = html(&landing::phone(&frame("phone", language), &LONG)).len();
        let all = page
            + include_bytes!("../../assets/kasse.css").len()
            + include_bytes!("../../assets/live.js").len()
            + include_bytes!("../../assets/pay.js").len();
        assert!(all <= BUDGET_BYTES, "{language:?}: {all} bytes, {page} of them the page");
    }
}

#[test]
fn the_way_back_is_the_very_address_that_was_given() {
    let page =
        rendered(screens().find(|screen| screen.name == "approved-to-an-app").unwrap(), Language::Finnish, &USUAL);
    let escaped = "acme-shop://done?order=1&#38;lang=en";
    assert!(page.contains(&format!("<a class=\"button primary\" href=\"{escaped}\" data-after=\"1000\">")), "{page}");
    assert!(page.contains(&format!("<noscript><meta http-equiv=\"refresh\" content=\"1;url={escaped}\"></noscript>")));
}

#[test]
fn nobody_is_sent_on_by_a_shop_that_took_back_its_request_or_named_no_address() {
    for name in ["terminated", "approved-without-way-back"] {
        let page = rendered(screens().find(|screen| screen.name == name).unwrap(), Language::English, &USUAL);
        assert!(!page.contains("http-equiv=\"refresh\"") && !page.contains("data-after"), "{name}");
    }
}

#[test]
fn the_token_is_the_last_parameter_of_every_address() {
    for screen in landing::SCREENS {
        let page = rendered(screen, Language::English, &USUAL);
        for address in page.split('"').filter(|part| part.starts_with("/pay") && part.contains("token=")) {
            assert!(address.ends_with("token=sample"), "{}: {address}", screen.name);
        }
    }
}

#[test]
fn all_reasons_why_a_number_cannot_pay_look_the_same() {
    let page =
        |language| rendered(screens().find(|screen| screen.name == "phone-cannot-pay").unwrap(), language, &USUAL);
    for language in Language::ALL {
        assert!(page(language).contains(&language.texts().cannot_pay.replace('\'', "&#39;")), "{language:?}");
    }
}

#[test]
fn a_sample_does_nothing_by_itself() {
    for screen in screens() {
        let page = still(&rendered(screen, Language::English, screen.words));
        assert!(!page.contains(" data-stream=") && !page.contains(" data-after="), "{}", screen.name);
    }
}
