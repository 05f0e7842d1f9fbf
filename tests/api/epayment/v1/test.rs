//! `/epayment/v1/test`: what exists in sandboxes only.

mod approve;
