//! What is to be told of events, an array a column.

use super::arrays::Parameters;
use crate::postgres::workspace::Telling;

#[derive(Default)]
pub(super) struct Announcements<'a> {
    id: Vec<&'a [u8]>,
    body: Vec<&'a [u8]>,
}

impl<'a> Announcements<'a> {
    pub(super) fn of(telling: &'a Telling) -> Self {
        let mut arrays = Self::default();
        for (id, body) in &telling.announcements {
            arrays.id.push(&id.0);
            arrays.body.push(body);
        }
        arrays
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.id.is_empty()
    }

    pub(super) fn parameters<'p>(&'p self, msn: &'p &'p str) -> Parameters<'p> {
        vec![msn, &self.id, &self.body]
    }
}

#[derive(Default)]
pub(super) struct Deliveries<'a> {
    id: Vec<&'a [u8]>,
    webhook: Vec<&'a [u8]>,
    owner: Vec<&'a str>,
    reference: Vec<&'a str>,
    sequence: Vec<i64>,
    event: Vec<&'a str>,
    event_id: Vec<&'a [u8]>,
    announcement: Vec<&'a [u8]>,
    created_at: Vec<i64>,
}

impl<'a> Deliveries<'a> {
    pub(super) fn of(telling: &'a Telling) -> Self {
        let mut arrays = Self::default();
        for one in &telling.deliveries {
            arrays.id.push(&one.id.0);
            arrays.webhook.push(&one.webhook.0);
            arrays.owner.push(&one.owner);
            arrays.reference.push(one.reference.as_str());
            arrays.sequence.push(one.sequence.into());
            arrays.event.push(one.event.name());
            arrays.event_id.push(&one.event_id);
            arrays.announcement.push(&one.announcement.0);
            arrays.created_at.push(one.created_at.milliseconds());
        }
        arrays
    }

    pub(super) fn parameters<'p>(&'p self, msn: &'p &'p str) -> Parameters<'p> {
        let Self { id, webhook, owner, reference, sequence, event, event_id, announcement, created_at } = self;
        vec![msn, id, webhook, owner, reference, sequence, event, event_id, announcement, created_at]
    }
}
