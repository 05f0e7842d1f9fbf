//! W6: what the payer pays from.

use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use domain::{
    money::MinorUnits,
    text::{CardBin, Id},
    wallet::{self as rules, Behaviour, Brand, Expiry, Payer, SOURCES_MAX, Source, SourceKind},
};

use super::{
    request::{brand, last_4},
    session::Here,
};
use crate::{
    Web,
    clean::Shown,
    forms::Form,
    pay::NotFound,
    render::render,
    view::{
        paths,
        wallet::cards::{Card, CardField, Cards, Does, NewCard},
    },
    visit::Visit,
};

/// The list.
pub(crate) async fn page(State(web): State<Web>, visit: Visit, Path(msisdn): Path<String>) -> Response {
    match Here::enter(&web, visit, &msisdn).await {
        Ok((here, visit)) => {
            let is_saved = visit.parameter("saved").is_some();
            let page = cards(&web, &visit, &here, NewCard::default());
            visit.answer(render(StatusCode::OK, &Cards { is_saved, ..page }))
        }
        Err(response) => response,
    }
}

/// Another test card.
pub(crate) async fn add(State(web): State<Web>, Path(msisdn): Path<String>, form: Form) -> Response {
    let (here, form) = match form.enter(&web, &msisdn).await {
        Ok(entered) => entered,
        Err(response) => return response,
    };
    if here.payer.sources.len() >= SOURCES_MAX {
        let page = cards(&web, &form.visit, &here, written(&form));
        return refused(form.visit, &page);
    }
    let source = match read(&form, &here.payer) {
        Ok(source) => source,
        Err(wrong) => {
            let new = NewCard { wrong, ..written(&form) };
            let page = cards(&web, &form.visit, &here, new);
            return refused(form.visit, &page);
        }
    };
    change(&web, form, here, move |payer| {
        let mut payer = payer.clone();
        if payer.sources.len() < SOURCES_MAX && payer.source(&source.id).is_none() {
            payer.sources.push(source.clone());
        }
        payer
    })
    .await
}

/// Makes a card the main one, sets its balance, or takes it away.
pub(crate) async fn act(
    State(web): State<Web>,
    Path((msisdn, id, what)): Path<(String, String, String)>,
    form: Form,
) -> Response {
    let (here, form) = match form.enter(&web, &msisdn).await {
        Ok(entered) => entered,
        Err(response) => return response,
    };
    let Ok(id) = Id::parse(&id) else { return StatusCode::NOT_FOUND.into_response() };
    let balance = read_balance(form.field("balance"));
    match (what.as_str(), balance) {
        ("main", _) => change(&web, form, here, move |payer| with_main(payer, &id)).await,
        ("remove", _) => {
            change(&web, form, here, move |payer| {
                let mut payer = payer.clone();
                payer.sources.retain(|source| source.id != id);
                payer
            })
            .await
        }
        ("balance", Ok(balance)) => {
            change(&web, form, here, move |payer| {
                let mut payer = payer.clone();
                for source in payer.sources.iter_mut().filter(|source| source.id == id) {
                    source.balance = balance;
                }
                payer
            })
            .await
        }
        ("balance", Err(_)) => {
            let mut page = cards(&web, &form.visit, &here, NewCard::default());
            for card in page.cards.iter_mut().filter(|card| card.id == id.as_str()) {
                card.balance_field = Shown::of(form.field("balance"));
                card.is_balance_wrong = true;
            }
            refused(form.visit, &page)
        }
        _ => StatusCode::NOT_FOUND.into_response(),
    }
}

fn with_main(payer: &Payer, id: &Id) -> Payer {
    let mut payer = payer.clone();
    if let Some(place) = payer.sources.iter().position(|source| source.id == *id) {
        let main = payer.sources.remove(place);
        payer.sources.insert(0, main);
    }
    payer
}

async fn change(
    web: &Web,
    form: Form,
    here: Here,
    change: impl Fn(&Payer) -> Payer + Send + Sync + 'static,
) -> Response {
    match web.engine.change_payer(&here.payer.number, change).await {
        Ok(_) => {
            let page = format!("{}?saved=1", here.path(paths::CARDS, &[]));
            form.see(&page)
        }
        Err(trouble) => NotFound::Trouble(trouble).answer(web, form.visit),
    }
}

fn refused(visit: Visit, page: &Cards) -> Response {
    visit.answer(render(StatusCode::UNPROCESSABLE_ENTITY, page))
}

/// The page as the payer has it; a caller changes what it has to say besides.
fn cards(web: &Web, visit: &Visit, here: &Here, new: NewCard) -> Cards {
    let today = web.engine.payers_today();
    let card = |(place, source): (usize, &Source)| Card {
        id: source.id.as_str().to_owned(),
        brand: Shown::of(brand(source)),
        last4: last_4(source),
        expiry: match &source.kind {
            SourceKind::Card { expiry, .. } => expiry.to_string(),
            SourceKind::Account { .. } => String::new(),
        },
        is_expired: matches!(&source.kind, SourceKind::Card { expiry, .. } if expiry.is_over(today)),
        balance: source.balance.map(plain),
        balance_field: source.balance.map_or_else(Shown::default, |balance| Shown::of(&plain(balance))),
        is_balance_wrong: false,
        is_commercial: source.is_commercial(),
        is_main: place == 0,
        does: does(source.behaviour),
    };
    Cards {
        wallet: here.wallet(web, visit, here.path(paths::CARDS, &[])),
        cards: here.payer.sources.iter().enumerate().map(card).collect(),
        new,
        is_full: here.payer.sources.len() >= SOURCES_MAX,
        is_saved: false,
    }
}

/// The card a form describes, or the fields that are wrong.
fn read(form: &Form, payer: &Payer) -> Result<Source, Vec<CardField>> {
    let last_4 = rules::last_4(form.field("last4"));
    let expiry = Expiry::parse(form.field("expiry"));
    let balance = read_balance(form.field("balance"));
    let mut wrong = Vec::new();
    wrong.extend(last_4.is_none().then_some(CardField::Last4));
    wrong.extend(expiry.is_none().then_some(CardField::Expiry));
    wrong.extend(balance.is_err().then_some(CardField::Balance));
    let (Some(last_4), Some(expiry), Ok(balance)) = (last_4, expiry, balance) else { return Err(wrong) };
    let brand = Brand::from_name(form.field("brand")).unwrap_or(Brand::Visa);
    let (Ok(bin), Ok(id)) = (CardBin::parse(brand.test_bin()), Id::parse(&free_id(payer))) else { return Err(wrong) };
    let is_commercial = form.is_ticked("commercial");
    Ok(Source {
        id,
        kind: SourceKind::Card { brand, bin, last_4, expiry, is_commercial },
        balance,
        behaviour: Does::from_code(form.field("does")).map_or(Behaviour::Pays, behaviour),
    })
}

fn free_id(payer: &Payer) -> String {
    let numbers = payer.sources.iter().filter_map(|source| source.id.as_str().strip_prefix("card-")?.parse().ok());
    let highest: u32 = numbers.max().unwrap_or_default();
    format!("card-{}", highest.saturating_add(1))
}

/// What was written, so that it can be mended.
fn written(form: &Form) -> NewCard {
    NewCard {
        brand: Brand::from_name(form.field("brand")).unwrap_or(Brand::Visa).name().to_owned(),
        last4: Shown::of(form.field("last4")),
        expiry: Shown::of(form.field("expiry")),
        balance: Shown::of(form.field("balance")),
        is_commercial: form.is_ticked("commercial"),
        does: Does::from_code(form.field("does")).unwrap_or(Does::Work),
        wrong: Vec::new(),
    }
}

/// A sum as people write it, with a comma or a point; none where the field is empty.
fn read_balance(written: &str) -> Result<Option<MinorUnits>, ()> {
    let compact: String = written.chars().filter(|character| !character.is_whitespace()).collect();
    if compact.is_empty() {
        return Ok(None);
    }
    let (whole, part) = compact.split_once([',', '.']).unwrap_or((&compact, ""));
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || whole.len() > 9 || part.len() > 2 || !is_digits(whole) || !is_digits(part) {
        return Err(());
    }
    let value: i64 = format!("{whole}{part:0<2}").parse().map_err(drop)?;
    MinorUnits::new(value).map(Some).ok_or(())
}

fn plain(sum: MinorUnits) -> String {
    format!("{}.{:02}", sum.value() / 100, sum.value() % 100)
}

fn does(behaviour: Behaviour) -> Does {
    Does::ALL.into_iter().find(|does| self::behaviour(*does) == behaviour).unwrap_or(Does::Work)
}

const fn behaviour(does: Does) -> Behaviour {
    use rules::Decline;
    match does {
        Does::Work => Behaviour::Pays,
        Does::StepUp => Behaviour::Confirms,
        Does::Issuer => Behaviour::Declines(Decline::Issuer),
        Does::Funds => Behaviour::Declines(Decline::Funds),
        Does::Limit => Behaviour::Declines(Decline::Limit),
        Does::Invalid => Behaviour::Declines(Decline::Invalid),
        Does::Authentication => Behaviour::Declines(Decline::Authentication),
        Does::Country => Behaviour::Declines(Decline::Country),
        Does::Expired => Behaviour::Declines(Decline::Expired),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_read_as_people_write_them() {
        let read = |text| read_balance(text).map(|sum| sum.map(MinorUnits::value));
        for (text, value) in
            [("", Ok(None)), ("100", Ok(Some(10_000))), ("1 234,5", Ok(Some(123_450))), ("0.07", Ok(Some(7)))]
        {
            assert_eq!(read(text), value, "{text}");
        }
        for text in ["-1", "1,234", "1.2.3", "abc", ",5", "1234567890"] {
            assert_eq!(read(text), Err(()), "{text}");
        }
        assert_eq!(plain(MinorUnits::new(123_450).unwrap()), "1234.50");
    }

    #[test]
    fn what_a_card_does_has_a_name_both_ways() {
        for one in Does::ALL {
            assert_eq!(does(behaviour(one)), one);
        }
    }
}
