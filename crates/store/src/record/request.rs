//! Requests and payers in the store: the columns that are searched, and the rest as one text.

use std::borrow::Cow;

use domain::{
    request::{Holder, Leaving, Note, NoteKind, Plan, Request},
    text::{Id, PhoneNumber},
    time::Timestamp,
    wallet::{Act, Decline},
};
use serde::{Deserialize, Serialize};

use super::{Unreadable, from_text, is_false, to_text, unreadable};

/// The row of a request, beside what names its payment.
pub(crate) struct RequestColumns<'a> {
    pub(crate) payer: Option<&'a str>,
    pub(crate) asked_at: Option<i64>,
    pub(crate) next_at: Option<i64>,
    pub(crate) version: u32,
    pub(crate) detail: Cow<'a, str>,
}

#[derive(Serialize, Deserialize, Default)]
struct RequestRecord {
    #[serde(default, skip_serializing_if = "is_false")]
    is_opened: bool,
    #[serde(default, skip_serializing_if = "is_false")]
    is_postponed: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    declined: Option<(Option<String>, String)>,
    #[serde(default)]
    submissions: u8,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    withdrawn_from: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    leaving: Option<(String, i64)>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    plan: Option<(String, i64)>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    paid_with: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    notes: Vec<NoteRecord>,
}

#[derive(Serialize, Deserialize)]
struct NoteRecord {
    at: i64,
    kind: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    payer: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    source: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

impl<'a> RequestColumns<'a> {
    pub(crate) fn of(request: &'a Request) -> Result<Self, Unreadable> {
        let holder = request.holder.as_ref();
        let text = |text: &str| text.to_owned();
        let declined = holder.and_then(|holder| holder.declined.as_ref());
        let record = RequestRecord {
            is_opened: holder.is_some_and(|holder| holder.is_opened),
            is_postponed: holder.is_some_and(|holder| holder.is_postponed),
            declined: declined
                .map(|(source, decline)| (source.as_ref().map(|source| text(source.as_str())), text(decline.key()))),
            submissions: request.submissions,
            withdrawn_from: request.withdrawn_from.iter().map(|number| text(number.as_str())).collect(),
            leaving: request.leaving.as_ref().map(|leaving| (text(&leaving.tab), leaving.at.milliseconds())),
            plan: request.plan.map(|plan| (text(plan.act.name()), plan.at.milliseconds())),
            paid_with: request.paid_with.as_deref().map(text),
            notes: request.notes.iter().map(NoteRecord::of).collect(),
        };
        Ok(Self {
            payer: holder.map(|holder| holder.number.as_str()),
            asked_at: holder.map(|holder| holder.asked_at.milliseconds()),
            next_at: request.next_at().map(Timestamp::milliseconds),
            version: request.version,
            detail: to_text(&record)?.into(),
        })
    }

    /// The request, if that is what the columns say.
    pub(crate) fn read(&self) -> Result<Request, Unreadable> {
        let record: RequestRecord = from_text(&self.detail)?;
        let number = |text: &str| PhoneNumber::parse(text).map_err(|_| unreadable("a payer"));
        let declined = |(source, reason): &(Option<String>, String)| Ok((id(source.as_deref())?, decline(reason)?));
        let holder = match (self.payer, self.asked_at) {
            (Some(payer), Some(at)) => Some(Holder {
                number: number(payer)?,
                asked_at: Timestamp::from_milliseconds(at),
                is_opened: record.is_opened,
                is_postponed: record.is_postponed,
                declined: record.declined.as_ref().map(declined).transpose()?,
            }),
            (None, None) => None,
            _ => return Err(unreadable("who is asked")),
        };
        let request = Request {
            holder,
            submissions: record.submissions,
            withdrawn_from: record.withdrawn_from.iter().map(|text| number(text)).collect::<Result<_, _>>()?,
            leaving: record.leaving.map(|(tab, at)| Leaving { tab: tab.into(), at: Timestamp::from_milliseconds(at) }),
            plan: record.plan.as_ref().map(plan).transpose()?,
            paid_with: record.paid_with.map(Into::into),
            notes: record.notes.iter().map(NoteRecord::read).collect::<Result<_, _>>()?,
            version: self.version,
        };
        if request.next_at().map(Timestamp::milliseconds) != self.next_at {
            return Err(unreadable("when something happens to a request"));
        }
        Ok(request)
    }
}

impl NoteRecord {
    fn of(note: &Note) -> Self {
        Self {
            at: note.at.milliseconds(),
            kind: note.kind.name().to_owned(),
            payer: note.payer.as_ref().map(|payer| payer.as_str().to_owned()),
            source: note.source.as_ref().map(|source| source.as_str().to_owned()),
            reason: note.reason.map(|reason| reason.key().to_owned()),
        }
    }

    fn read(&self) -> Result<Note, Unreadable> {
        let payer = self.payer.as_deref().map(PhoneNumber::parse).transpose();
        Ok(Note {
            at: Timestamp::from_milliseconds(self.at),
            kind: NoteKind::from_name(&self.kind).ok_or_else(|| unreadable("a note"))?,
            payer: payer.map_err(|_| unreadable("a note"))?,
            source: id(self.source.as_deref())?,
            reason: self.reason.as_deref().map(decline).transpose()?,
        })
    }
}

fn plan((act, at): &(String, i64)) -> Result<Plan, Unreadable> {
    let act = Act::from_name(act).ok_or_else(|| unreadable("a plan"))?;
    Ok(Plan { act, at: Timestamp::from_milliseconds(*at) })
}

fn id(text: Option<&str>) -> Result<Option<Id>, Unreadable> {
    text.map(|text| Id::parse(text).map_err(|_| unreadable("a source"))).transpose()
}

fn decline(key: &str) -> Result<Decline, Unreadable> {
    Decline::from_key(key).ok_or_else(|| unreadable("a reason"))
}
