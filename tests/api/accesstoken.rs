//! `/accesstoken`.

mod get;
