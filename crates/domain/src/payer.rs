//! The payer's side: what a merchant may ask about one, and what one has shared.
//!
//! Who a payer is, is known elsewhere; here is only what a payment needs of it. Nothing is shared beyond the scope that was asked for.

use crate::{money::MinorUnits, text::PhoneNumber};

/// One thing a merchant may ask to be told.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Claim {
    /// First and last name.
    Name,
    /// Where the payer lives.
    Address,
    /// The e-mail address.
    Email,
    /// The telephone number.
    PhoneNumber,
    /// The date of birth.
    BirthDate,
    /// The national identity number; only for sales units that may.
    Nin,
    /// The numbers of bank accounts; only for sales units that may.
    AccountNumbers,
}

impl Claim {
    /// Every claim.
    pub const ALL: [Self; 7] =
        [Self::Name, Self::Address, Self::Email, Self::PhoneNumber, Self::BirthDate, Self::Nin, Self::AccountNumbers];

    /// Its published name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Address => "address",
            Self::Email => "email",
            Self::PhoneNumber => "phoneNumber",
            Self::BirthDate => "birthDate",
            Self::Nin => "nin",
            Self::AccountNumbers => "accountNumbers",
        }
    }

    const fn bit(self) -> u8 {
        1 << self as u8
    }
}

/// The claims a merchant asks for: a set, in no order.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Scope(u8);

/// A scope with a word nobody published.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct UnknownClaim;

impl Scope {
    /// Nothing.
    pub const NOTHING: Self = Self(0);
    /// What a payment with shipping asks for, no more and no less.
    pub const EXPRESS: Self =
        Self(Claim::Name.bit() | Claim::Address.bit() | Claim::Email.bit() | Claim::PhoneNumber.bit());
    const RESTRICTED: Self = Self(Claim::Nin.bit() | Claim::AccountNumbers.bit());

    /// The claims of a text of names with spaces between.
    ///
    /// # Errors
    /// Where a word is the name of no claim.
    pub fn parse(text: &str) -> Result<Self, UnknownClaim> {
        text.split_whitespace().try_fold(Self::NOTHING, |scope, word| {
            let claim = Claim::ALL.into_iter().find(|claim| claim.name() == word).ok_or(UnknownClaim)?;
            Ok(Self(scope.0 | claim.bit()))
        })
    }

    /// Whether the claim is asked for.
    pub const fn has(self, claim: Claim) -> bool {
        self.0 & claim.bit() != 0
    }

    /// Whether nothing is asked for.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether it asks for what not every sales unit may be told.
    pub const fn is_restricted(self) -> bool {
        self.0 & Self::RESTRICTED.0 != 0
    }

    /// The claims asked for.
    pub fn claims(self) -> impl Iterator<Item = Claim> {
        Claim::ALL.into_iter().filter(move |claim| self.has(*claim))
    }
}

/// A payer's id towards one sales unit: the same at every payment there, another one elsewhere.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Sub(pub [u8; 16]);

/// What is known of a payer, or of what one has shared: nothing where a member is empty.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Profile {
    /// The payer towards the sales unit.
    pub sub: Sub,
    /// First and last name.
    pub name: Option<(Box<str>, Box<str>)>,
    /// The e-mail address, and whether it was shown to be the payer's.
    pub email: Option<(Box<str>, bool)>,
    /// The telephone number.
    pub phone_number: Option<PhoneNumber>,
    /// The date of birth, `YYYY-MM-DD`.
    pub birth_date: Option<Box<str>>,
    /// Where the payer lives, the usual place first.
    pub addresses: Vec<Address>,
}

impl Profile {
    /// As much of it as the scope covers.
    #[must_use]
    pub fn limited_to(self, scope: Scope) -> Self {
        Self {
            sub: self.sub,
            name: self.name.filter(|_| scope.has(Claim::Name)),
            email: self.email.filter(|_| scope.has(Claim::Email)),
            phone_number: self.phone_number.filter(|_| scope.has(Claim::PhoneNumber)),
            birth_date: self.birth_date.filter(|_| scope.has(Claim::BirthDate)),
            addresses: if scope.has(Claim::Address) { self.addresses } else { Vec::new() },
        }
    }
}

/// A postal address.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Address {
    /// Street and number.
    pub line_1: Box<str>,
    /// Whatever else is needed to find the door.
    pub line_2: Option<Box<str>>,
    /// The town.
    pub city: Box<str>,
    /// Its postal code.
    pub post_code: Box<str>,
    /// ISO 3166-1 alpha-2.
    pub country: Box<str>,
}

/// How a payer wants what was bought to be delivered.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Delivery {
    /// Where to.
    pub address: Address,
    /// What it costs on top, in the payment's currency.
    pub cost: MinorUnits,
    /// The merchant's id of the way chosen.
    pub option_id: Box<str>,
    /// Its name as the payer saw it.
    pub option_name: Box<str>,
}

/// How a merchant names the payer of a payment.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Customer {
    /// By telephone number.
    PhoneNumber(PhoneNumber),
    /// By the content of the code in the payer's wallet.
    PersonalQr(Box<str>),
    /// By the token the merchant was told when the payer checked in.
    Token(Box<str>),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_is_a_set_of_published_names() {
        assert_eq!(Scope::parse("name email  phoneNumber address"), Ok(Scope::EXPRESS));
        assert_eq!(Scope::parse("address name phoneNumber email name"), Ok(Scope::EXPRESS));
        assert_eq!(Scope::parse(" "), Ok(Scope::NOTHING));
        for text in ["Name", "openid", "name,email"] {
            assert_eq!(Scope::parse(text), Err(UnknownClaim), "{text}");
        }
        assert!(Scope::parse("name nin").unwrap().is_restricted());
        assert!(Scope::parse("accountNumbers").unwrap().is_restricted());
        assert!(!Scope::EXPRESS.is_restricted());
    }

    #[test]
    fn nothing_is_shared_beyond_the_scope() {
        let whole = Profile {
            sub: Sub([1; 16]),
            name: Some(("Ada".into(), "Berg".into())),
            email: Some(("ada.berg@example.com".into(), true)),
            phone_number: PhoneNumber::parse("4712345678").ok(),
            birth_date: Some("1980-01-01".into()),
            addresses: vec![Address {
                line_1: "Storgata 1".into(),
                line_2: None,
                city: "Oslo".into(),
                post_code: "0155".into(),
                country: "NO".into(),
            }],
        };
        let nothing = Profile {
            sub: Sub([1; 16]),
            name: None,
            email: None,
            phone_number: None,
            birth_date: None,
            addresses: Vec::new(),
        };
        let of = |text: &str| whole.clone().limited_to(Scope::parse(text).unwrap());
        assert_eq!(of(""), nothing);
        assert_eq!(of("name"), Profile { name: whole.name.clone(), ..nothing.clone() });
        assert_eq!(of("email"), Profile { email: whole.email.clone(), ..nothing.clone() });
        assert_eq!(of("phoneNumber"), Profile { phone_number: whole.phone_number.clone(), ..nothing.clone() });
        assert_eq!(of("birthDate"), Profile { birth_date: whole.birth_date.clone(), ..nothing.clone() });
        assert_eq!(of("address"), Profile { addresses: whole.addresses.clone(), ..nothing });
        assert_eq!(of("name email phoneNumber birthDate address"), whole);
    }
}
