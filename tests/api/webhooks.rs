//! `/webhooks`: the folders below are those of the paths.

mod v1;
