//! `/webhooks`: the folders below are those of the paths.

pub mod v1;
