//! Values that are one word each: to whoever types them, and between the two halves of administration.
//!
//! What is read is parsed by the value's own rule, so that nothing malformed gets past reading.

use std::borrow::Cow;

use domain::{
    merchant::{Flag, Market},
    text::{Msn, PartnerId, PartnerName, SalesUnitName},
};
use engine::{KeyHolder, KeyKind};
use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};

/// A value that is one word.
pub(crate) trait Word: Sized {
    /// The word.
    fn word(&self) -> &str;
    /// The value of this word, if it means one.
    fn of_word(word: &str) -> Option<Self>;
}

macro_rules! texts {
    ($($text:ty),*) => {$(
        impl Word for $text {
            fn word(&self) -> &str {
                self.as_str()
            }

            fn of_word(word: &str) -> Option<Self> {
                Self::parse(word).ok()
            }
        }
    )*};
}

texts!(Msn, PartnerId, PartnerName, SalesUnitName);

impl Word for Market {
    fn word(&self) -> &str {
        self.code()
    }

    fn of_word(word: &str) -> Option<Self> {
        Self::from_code(word)
    }
}

impl Word for Flag {
    fn word(&self) -> &str {
        self.name()
    }

    fn of_word(word: &str) -> Option<Self> {
        Self::from_name(word)
    }
}

impl Word for KeyKind {
    fn word(&self) -> &str {
        match self {
            Self::ClientSecret => "client-secret",
            Self::PrimarySubscriptionKey => "primary",
            Self::SecondarySubscriptionKey => "secondary",
        }
    }

    fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|key| key.word() == word)
    }
}

impl Word for KeyHolder {
    fn word(&self) -> &str {
        self.as_str()
    }

    fn of_word(word: &str) -> Option<Self> {
        let partner = || PartnerId::parse(word).ok().map(Self::Partner);
        Msn::parse(word).ok().map(Self::SalesUnit).or_else(partner)
    }
}

/// Writes the word.
pub(super) fn serialize<T: Word, S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(value.word())
}

/// Reads the word.
pub(super) fn deserialize<'de, T: Word, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    let word = Cow::<'de, str>::deserialize(deserializer)?;
    T::of_word(&word).ok_or_else(|| D::Error::custom("a word that means nothing here"))
}
