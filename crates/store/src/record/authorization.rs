//! How a payer's money was reserved, and what the payer shared then.

use domain::{
    money::MinorUnits,
    payer::{Address, Delivery, Profile, Sub},
    payment::{Authorization, Processing},
    text::{CardBin, PhoneNumber},
    time::Timestamp,
};
use serde::{Deserialize, Serialize};

use super::{Unreadable, from_text, optional, to_text, unreadable};

#[derive(Serialize, Deserialize)]
struct AuthorizationRecord {
    amount: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    payer: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    card_bin: Option<String>,
    capture_deadline: i64,
    capture_guaranteed_until: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    profile: Option<ProfileRecord>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    delivery: Option<DeliveryRecord>,
}

/// Where an authorization would stand, what is known of one the bank has not answered yet.
#[derive(Serialize, Deserialize)]
struct ProcessingRecord {
    processing_until: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reserves: Option<AuthorizationRecord>,
}

#[derive(Serialize, Deserialize)]
struct ProfileRecord {
    sub: [u8; 16],
    #[serde(default, skip_serializing_if = "Option::is_none")]
    name: Option<(Box<str>, Box<str>)>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    email: Option<(Box<str>, bool)>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    phone_number: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    birth_date: Option<Box<str>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    addresses: Vec<AddressRecord>,
}

#[derive(Serialize, Deserialize)]
struct AddressRecord {
    line_1: Box<str>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    line_2: Option<Box<str>>,
    city: Box<str>,
    post_code: Box<str>,
    country: Box<str>,
}

#[derive(Serialize, Deserialize)]
struct DeliveryRecord {
    address: AddressRecord,
    cost: i64,
    option_id: Box<str>,
    option_name: Box<str>,
}

pub(crate) fn write_authorization(authorization: &Authorization) -> Result<String, Unreadable> {
    to_text(&record_of(authorization))
}

pub(crate) fn write_processing(processing: &Processing) -> Result<String, Unreadable> {
    to_text(&ProcessingRecord {
        processing_until: processing.until.milliseconds(),
        reserves: processing.reserves.as_ref().map(record_of),
    })
}

fn record_of(authorization: &Authorization) -> AuthorizationRecord {
    let Authorization { amount, payer, card_bin, capture_deadline, capture_guaranteed_until, profile, delivery } =
        authorization;
    AuthorizationRecord {
        amount: amount.value(),
        payer: payer.as_ref().map(|payer| payer.as_str().to_owned()),
        card_bin: card_bin.as_ref().map(|bin| bin.as_str().to_owned()),
        capture_deadline: capture_deadline.milliseconds(),
        capture_guaranteed_until: capture_guaranteed_until.milliseconds(),
        profile: profile.clone().map(|profile| write_profile(*profile)),
        delivery: delivery.clone().map(|delivery| write_delivery(*delivery)),
    }
}

pub(crate) fn read_authorization(text: &str) -> Result<Authorization, Unreadable> {
    authorization(from_text(text)?)
}

/// Nothing where the text is that of an authorization.
pub(crate) fn read_processing(text: &str) -> Result<Option<Processing>, Unreadable> {
    if !text.starts_with("{\"processing_until\"") {
        return Ok(None);
    }
    let record: ProcessingRecord = from_text(text)?;
    let until = Timestamp::from_milliseconds(record.processing_until);
    Ok(Some(Processing { until, reserves: record.reserves.map(authorization).transpose()? }))
}

fn authorization(record: AuthorizationRecord) -> Result<Authorization, Unreadable> {
    Ok(Authorization {
        amount: MinorUnits::new(record.amount).ok_or_else(|| unreadable("amount"))?,
        payer: optional(record.payer, PhoneNumber::parse, "payer")?,
        card_bin: optional(record.card_bin, CardBin::parse, "card_bin")?,
        capture_deadline: Timestamp::from_milliseconds(record.capture_deadline),
        capture_guaranteed_until: Timestamp::from_milliseconds(record.capture_guaranteed_until),
        profile: record.profile.map(read_profile).transpose()?.map(Box::new),
        delivery: record.delivery.map(read_delivery).transpose()?.map(Box::new),
    })
}

fn write_profile(profile: Profile) -> ProfileRecord {
    let Profile { sub, name, email, phone_number, birth_date, addresses } = profile;
    ProfileRecord {
        sub: sub.0,
        name,
        email,
        phone_number: phone_number.map(|number| number.as_str().to_owned()),
        birth_date,
        addresses: addresses.into_iter().map(write_address).collect(),
    }
}

fn read_profile(record: ProfileRecord) -> Result<Profile, Unreadable> {
    let ProfileRecord { sub, name, email, phone_number, birth_date, addresses } = record;
    Ok(Profile {
        sub: Sub(sub),
        name,
        email,
        phone_number: optional(phone_number, PhoneNumber::parse, "phone_number")?,
        birth_date,
        addresses: addresses.into_iter().map(read_address).collect(),
    })
}

fn write_address(address: Address) -> AddressRecord {
    let Address { line_1, line_2, city, post_code, country } = address;
    AddressRecord { line_1, line_2, city, post_code, country }
}

fn read_address(record: AddressRecord) -> Address {
    let AddressRecord { line_1, line_2, city, post_code, country } = record;
    Address { line_1, line_2, city, post_code, country }
}

fn write_delivery(delivery: Delivery) -> DeliveryRecord {
    let Delivery { address, cost, option_id, option_name } = delivery;
    DeliveryRecord { address: write_address(address), cost: cost.value(), option_id, option_name }
}

fn read_delivery(record: DeliveryRecord) -> Result<Delivery, Unreadable> {
    let DeliveryRecord { address, cost, option_id, option_name } = record;
    let cost = MinorUnits::new(cost).ok_or_else(|| unreadable("cost"))?;
    Ok(Delivery { address: read_address(address), cost, option_id, option_name })
}
