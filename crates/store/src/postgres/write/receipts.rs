//! The receipts of new payments, an array a column.

use crate::{
    postgres::{workspace::Workspace, write::arrays::Parameters},
    record::{Unreadable, write_receipt},
};

#[derive(Default)]
pub(super) struct Receipts<'a> {
    order_id: Vec<&'a str>,
    payment_type: Vec<&'a str>,
    id: Vec<&'a [u8]>,
    receipt: Vec<String>,
    added_at: Vec<i64>,
}

impl<'a> Receipts<'a> {
    pub(super) fn of(workspace: &'a Workspace) -> Result<Self, Unreadable> {
        let mut arrays = Self::default();
        for receipt in workspace.payments.values().filter_map(|slot| slot.receipt.as_ref()) {
            arrays.order_id.push(receipt.order.id.as_str());
            arrays.payment_type.push(receipt.order.payment_type.name());
            arrays.id.push(&receipt.id.0);
            arrays.receipt.push(write_receipt(&receipt.receipt)?);
            arrays.added_at.push(receipt.added_at.milliseconds());
        }
        Ok(arrays)
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.order_id.is_empty()
    }

    pub(super) fn parameters<'p>(&'p self, msn: &'p &'p str) -> Parameters<'p> {
        let Self { order_id, payment_type, id, receipt, added_at } = self;
        vec![msn, order_id, payment_type, id, receipt, added_at]
    }
}
