//! Who pays? In a sandbox anybody may be anybody.

use askama::Template;

use super::Payer;
use crate::{
    clean::Shown,
    texts::Texts,
    view::{Frame, paths},
};

/// The last two digits of a test payer's number, which say what the payer does, for those that have a meaning.
pub(crate) const TEST_PAYERS: [u8; 23] =
    [10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 30, 31, 32, 33, 34, 35, 36, 37, 39];

/// A payer in the list.
#[derive(Clone)]
pub(crate) struct TestPayer {
    /// The payer.
    pub(crate) payer: Payer,
    /// The last two digits of the number, one of [`TEST_PAYERS`].
    pub(crate) behaviour: u8,
}

impl TestPayer {
    fn special(&self, texts: &Texts) -> &'static str {
        match self.behaviour {
            11 => texts.user_11,
            12 => texts.user_12,
            13 => texts.user_13,
            14 => texts.user_14,
            15 => texts.user_15,
            16 => texts.user_16,
            17 => texts.user_17,
            18 => texts.user_18,
            19 => texts.user_19,
            20 => texts.user_20,
            21 => texts.user_21,
            22 => texts.user_22,
            23 => texts.user_23,
            30 => texts.user_30,
            31 => texts.user_31,
            32 => texts.user_32,
            33 => texts.user_33,
            34 => texts.user_34,
            35 => texts.user_35,
            36 => texts.user_36,
            37 => texts.user_37,
            39 => texts.user_39,
            _ => texts.user_10,
        }
    }
}

/// What was wrong with the form.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum SignInProblem {
    /// The number is none.
    Phone,
    /// The PIN is another.
    Pin,
}

/// The wallet's first page. Choosing somebody from the lists is a form like the field: `POST` with `phone`, and `pin` where it is entered.
#[derive(Template)]
#[template(path = "wallet/sign_in.html")]
pub(crate) struct SignIn {
    /// What surrounds the page.
    pub(crate) frame: Frame,
    /// Proves that a form came from this page.
    pub(crate) csrf: String,
    /// Who is signed in already.
    pub(crate) signed_in: Vec<Payer>,
    /// Who can be chosen.
    pub(crate) test_payers: Vec<TestPayer>,
    /// What stands in the field for the number.
    pub(crate) phone: Shown,
    /// What was wrong.
    pub(crate) problem: Option<SignInProblem>,
    /// The token of the request it goes on to.
    pub(crate) request: Option<String>,
}

impl SignIn {
    fn action(&self) -> &'static str {
        paths::SIGN_IN
    }

    fn phone_problem(&self) -> Option<&'static str> {
        (self.problem == Some(SignInProblem::Phone)).then_some(self.frame.texts().phone_invalid)
    }

    fn pin_problem(&self) -> Option<&'static str> {
        (self.problem == Some(SignInProblem::Pin)).then_some(self.frame.texts().pin_wrong)
    }
}
