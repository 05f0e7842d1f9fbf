//! A payer of a sandbox as one text, twin of the domain's.

use domain::{
    money::MinorUnits,
    payer::Address,
    text::{CardBin, Email, Id, PersonName, PhoneNumber},
    time::Span,
    wallet::{
        Act, After, Behaviour, Brand, Date, Expiry, Payer, Returns, SavedAddress, Script, Source, SourceKind, Step,
        last_4,
    },
};
use serde::{Deserialize, Serialize};

use super::{Unreadable, from_text, is_false, to_text, unreadable};

#[derive(Serialize, Deserialize)]
struct PayerRecord {
    name: String,
    email: String,
    email_is_verified: bool,
    born: String,
    addresses: Vec<AddressRecord>,
    sources: Vec<SourceRecord>,
    #[serde(default, skip_serializing_if = "is_false")]
    is_blocked: bool,
    returns: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    language: Option<String>,
    script: Vec<StepRecord>,
    next_step: usize,
}

#[derive(Serialize, Deserialize)]
struct AddressRecord {
    id: String,
    line_1: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    line_2: Option<String>,
    city: String,
    post_code: String,
    country: String,
}

#[derive(Serialize, Deserialize)]
struct SourceRecord {
    id: String,
    last_4: String,
    /// An account where it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    card: Option<CardRecord>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    balance: Option<i64>,
    behaviour: String,
}

#[derive(Serialize, Deserialize)]
struct CardRecord {
    brand: String,
    bin: String,
    year: u16,
    month: u8,
    is_commercial: bool,
}

#[derive(Serialize, Deserialize)]
struct StepRecord {
    act: String,
    milliseconds: i64,
    #[serde(default, skip_serializing_if = "is_false")]
    before_end: bool,
}

pub(crate) fn write_payer(payer: &Payer) -> Result<String, Unreadable> {
    to_text(&PayerRecord {
        name: payer.name.as_str().to_owned(),
        email: payer.email.as_str().to_owned(),
        email_is_verified: payer.email_is_verified,
        born: payer.born.to_string(),
        addresses: payer.addresses.iter().map(AddressRecord::of).collect(),
        sources: payer.sources.iter().map(SourceRecord::of).collect(),
        is_blocked: payer.is_blocked,
        returns: payer.returns.name().to_owned(),
        language: payer.language.as_deref().map(str::to_owned),
        script: payer.script.steps.iter().map(StepRecord::of).collect(),
        next_step: payer.script.next,
    })
}

pub(crate) fn read_payer(number: &str, version: u32, text: &str) -> Result<Payer, Unreadable> {
    let record: PayerRecord = from_text(text)?;
    Ok(Payer {
        number: PhoneNumber::parse(number).map_err(|_| unreadable("a payer's number"))?,
        name: PersonName::parse(&record.name).map_err(|_| unreadable("a payer's name"))?,
        email: Email::parse(&record.email).map_err(|_| unreadable("a payer's address"))?,
        email_is_verified: record.email_is_verified,
        born: Date::parse(&record.born).ok_or_else(|| unreadable("a birthday"))?,
        addresses: record.addresses.into_iter().map(AddressRecord::read).collect::<Result<_, _>>()?,
        sources: record.sources.iter().map(SourceRecord::read).collect::<Result<_, _>>()?,
        is_blocked: record.is_blocked,
        returns: Returns::from_name(&record.returns).ok_or_else(|| unreadable("what a browser does"))?,
        language: record.language.map(Into::into),
        script: Script {
            steps: record.script.iter().map(StepRecord::read).collect::<Result<_, _>>()?,
            next: record.next_step,
        },
        version,
    })
}

impl AddressRecord {
    fn of(saved: &SavedAddress) -> Self {
        let Address { line_1, line_2, city, post_code, country } = &saved.address;
        Self {
            id: saved.id.as_str().to_owned(),
            line_1: line_1.to_string(),
            line_2: line_2.as_deref().map(str::to_owned),
            city: city.to_string(),
            post_code: post_code.to_string(),
            country: country.to_string(),
        }
    }

    fn read(self) -> Result<SavedAddress, Unreadable> {
        Ok(SavedAddress {
            id: Id::parse(&self.id).map_err(|_| unreadable("an address"))?,
            address: Address {
                line_1: self.line_1.into(),
                line_2: self.line_2.map(Into::into),
                city: self.city.into(),
                post_code: self.post_code.into(),
                country: self.country.into(),
            },
        })
    }
}

impl SourceRecord {
    fn of(source: &Source) -> Self {
        let card = match &source.kind {
            SourceKind::Account { .. } => None,
            SourceKind::Card { brand, bin, expiry, is_commercial, .. } => Some(CardRecord {
                brand: brand.name().to_owned(),
                bin: bin.as_str().to_owned(),
                year: expiry.year,
                month: expiry.month,
                is_commercial: *is_commercial,
            }),
        };
        Self {
            id: source.id.as_str().to_owned(),
            last_4: source.last_4().map(char::from).iter().collect(),
            card,
            balance: source.balance.map(MinorUnits::value),
            behaviour: source.behaviour.name().to_owned(),
        }
    }

    fn read(&self) -> Result<Source, Unreadable> {
        let last_4 = last_4(&self.last_4).ok_or_else(|| unreadable("the digits of a source"))?;
        let kind = match &self.card {
            None => SourceKind::Account { last_4 },
            Some(card) => SourceKind::Card {
                brand: Brand::from_name(&card.brand).ok_or_else(|| unreadable("a brand"))?,
                bin: CardBin::parse(&card.bin).map_err(|_| unreadable("a card"))?,
                last_4,
                expiry: Expiry { year: card.year, month: card.month },
                is_commercial: card.is_commercial,
            },
        };
        let balance = self.balance.map(|value| MinorUnits::new(value).ok_or_else(|| unreadable("a balance")));
        Ok(Source {
            id: Id::parse(&self.id).map_err(|_| unreadable("a source"))?,
            kind,
            balance: balance.transpose()?,
            behaviour: Behaviour::from_name(&self.behaviour).ok_or_else(|| unreadable("what a source does"))?,
        })
    }
}

impl StepRecord {
    fn of(step: &Step) -> Self {
        let (span, before_end) = match step.after {
            After::Request(span) => (span, false),
            After::BeforeEnd(span) => (span, true),
        };
        Self { act: step.act.name().to_owned(), milliseconds: span.as_milliseconds(), before_end }
    }

    fn read(&self) -> Result<Step, Unreadable> {
        let span = Span::milliseconds(self.milliseconds);
        Ok(Step {
            act: Act::from_name(&self.act).ok_or_else(|| unreadable("a step"))?,
            after: if self.before_end { After::BeforeEnd(span) } else { After::Request(span) },
        })
    }
}
