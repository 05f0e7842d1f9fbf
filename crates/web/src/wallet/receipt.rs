//! What is bought, as the wallet shows it.

use engine::request::Asked;

use crate::{Web, language::Language, view::wallet::receipt::Receipt};

/// The receipt of the payment, where there is one by now.
pub(super) fn of(_web: &Web, _asked: &Asked, _language: Language) -> Option<Receipt> {
    None
}
