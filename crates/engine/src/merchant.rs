//! Sales units: making them with their keys, and the one every sandbox starts with.
//!
//! A secret leaves this module once, in the answer of the call that made it; what is stored is its digest.

use domain::{
    merchant::{Flag, Flags, Market, SalesUnit},
    text::{Msn, SalesUnitName, Space},
};
use store::{Intent, KeyKind, KeySet, KeySetId, NewSalesUnit, SalesUnitChange, Trouble, Work};
use zeroize::Zeroizing;

use crate::{Engine, keys::Purpose};

/// The published example keys. Every sandbox has a sales unit with them, so that published examples run as pasted; production refuses them.
pub mod example {
    /// The sales unit's number.
    pub const MSN: &str = "123456";
    /// Its client id.
    pub const CLIENT_ID: &str = "fb492b5e-7907-4d83-bc20-c7fb60ca35de";
    /// Its client secret.
    pub const CLIENT_SECRET: &str = "Y8Kteew6GE3ZmeycEt6egg==";
    /// Its primary subscription key.
    pub const SUBSCRIPTION_KEY: &str = "0f14ebcab0eb4b29ae0cb90d91b4a84a";
    /// A payer who can pay in it.
    pub const PAYER: &str = "4712345678";
}

/// The space that follows the wall.
pub const DEFAULT_SPACE: &str = "default";
/// How often a free number is looked for before giving up.
const NUMBER_DRAWS_MAX: usize = 32;
/// 192 bits, in base64 without padding characters to escape.
const CLIENT_SECRET_BYTES: usize = 24;

/// A sales unit's keys in the clear: shown once, then forgotten.
pub struct IssuedKeys {
    /// The sales unit.
    pub msn: Msn,
    /// The client id.
    pub client_id: String,
    /// The client secret.
    pub client_secret: Zeroizing<String>,
    /// The primary and the secondary subscription key.
    pub subscription_keys: [Zeroizing<String>; 2],
}

impl Engine {
    /// Every sales unit, by number.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub async fn sales_units(&self) -> Result<Vec<SalesUnit>, Trouble> {
        Ok(self.store.directory().await?.units)
    }

    /// A new sales unit under a number nobody has, with new keys.
    ///
    /// # Errors
    /// Where the store cannot be written.
    pub async fn create_sales_unit(&self, name: SalesUnitName, market: Market) -> Result<IssuedKeys, Trouble> {
        for _ in 0..NUMBER_DRAWS_MAX {
            let keys = IssuedKeys {
                msn: self.draw_msn()?,
                client_id: uuid::Uuid::from_bytes(self.entropy.uuid()).to_string(),
                client_secret: self.draw_client_secret(),
                subscription_keys: [self.draw_subscription_key(), self.draw_subscription_key()],
            };
            if self.store_sales_unit(&keys, name.clone(), market).await? {
                return Ok(keys);
            }
        }
        Err(Trouble::Unavailable("no free sales unit number was found".to_owned()))
    }

    /// Switches flags of a sales unit. Answers the sales unit as it is then, or nothing if there is none.
    ///
    /// # Errors
    /// Where the store cannot be written.
    pub async fn set_flags(&self, msn: &Msn, flags: &[(Flag, bool)]) -> Result<Option<SalesUnit>, Trouble> {
        let switches = flags.to_vec();
        let decide = Box::new(move |stored: Option<&SalesUnit>| {
            let unit = stored?.clone();
            let flags = switches.iter().fold(unit.flags, |flags, (flag, on)| flags.with(*flag, *on));
            Some(SalesUnitChange::Update(SalesUnit { flags, ..unit }))
        });
        let now = self.clock.wall();
        self.apply(Intent { msn: msn.clone(), idempotency: None, now, work: Work::SalesUnit { decide } }).await?;
        let directory = self.store.directory().await?;
        self.access.replace(&directory);
        Ok(directory.units.into_iter().find(|unit| unit.msn == *msn))
    }

    /// Makes a key of a sales unit anew and answers it, this once. The old one is refused at once; tokens it helped to get run out by
    /// themselves. Nothing is answered where there is no such sales unit.
    ///
    /// # Errors
    /// Where the store cannot be written.
    pub async fn regenerate_key(&self, msn: &Msn, key: KeyKind) -> Result<Option<Zeroizing<String>>, Trouble> {
        let directory = self.store.directory().await?;
        let Some(key_set) = directory.key_sets.iter().find(|key_set| key_set.msn == *msn) else { return Ok(None) };
        let (purpose, fresh) = match key {
            KeyKind::ClientSecret => (Purpose::ClientSecret, self.draw_client_secret()),
            KeyKind::PrimarySubscriptionKey | KeyKind::SecondarySubscriptionKey => {
                (Purpose::SubscriptionKey, self.draw_subscription_key())
            }
        };
        let (id, digest) = (key_set.id, self.keys.digest(purpose, &fresh));
        let decide = Box::new(move |stored: Option<&SalesUnit>| {
            stored.map(|_| SalesUnitChange::ReplaceKey { key_set: id, key, digest })
        });
        let now = self.clock.wall();
        self.apply(Intent { msn: msn.clone(), idempotency: None, now, work: Work::SalesUnit { decide } }).await?;
        self.access.replace(&self.store.directory().await?);
        Ok(Some(fresh))
    }

    /// The sales unit of the published examples, if it is not there yet.
    ///
    /// # Errors
    /// Where the store cannot be written.
    pub async fn seed_example_sales_unit(&self) -> Result<(), Trouble> {
        let parsed = (Msn::parse(example::MSN), SalesUnitName::parse("Acme Demo Shop"));
        let (Ok(msn), Ok(name)) = parsed else { return Err(Trouble::Broken("the example sales unit".to_owned())) };
        let keys = IssuedKeys {
            msn,
            client_id: example::CLIENT_ID.to_owned(),
            client_secret: Zeroizing::new(example::CLIENT_SECRET.to_owned()),
            subscription_keys: [Zeroizing::new(example::SUBSCRIPTION_KEY.to_owned()), self.draw_subscription_key()],
        };
        self.store_sales_unit(&keys, name, Market::Norway).await.map(drop)
    }

    /// Whether any of the published example keys is in use: nothing that has one may serve real payments.
    pub fn knows_example_keys(&self) -> bool {
        self.access.knows(&self.keys, example::CLIENT_ID, example::SUBSCRIPTION_KEY)
    }

    /// Answers whether the number was free.
    async fn store_sales_unit(&self, keys: &IssuedKeys, name: SalesUnitName, market: Market) -> Result<bool, Trouble> {
        let Ok(space) = Space::parse(DEFAULT_SPACE) else {
            return Err(Trouble::Broken("the default space".to_owned()));
        };
        let id = KeySetId(self.entropy.uuid());
        let new = NewSalesUnit {
            unit: SalesUnit { msn: keys.msn.clone(), name, market, space, flags: Flags::NEW },
            key_set: KeySet {
                id,
                msn: keys.msn.clone(),
                client_id: keys.client_id.as_str().into(),
                client_secret: self.keys.digest(Purpose::ClientSecret, &keys.client_secret),
                subscription_keys: keys
                    .subscription_keys
                    .each_ref()
                    .map(|key| self.keys.digest(Purpose::SubscriptionKey, key)),
            },
            created_at: self.clock.wall(),
        };
        let decide =
            Box::new(move |stored: Option<&SalesUnit>| stored.is_none().then(|| SalesUnitChange::Create(new.clone())));
        let now = self.clock.wall();
        self.apply(Intent { msn: keys.msn.clone(), idempotency: None, now, work: Work::SalesUnit { decide } }).await?;
        let directory = self.store.directory().await?;
        self.access.replace(&directory);
        Ok(directory.key_sets.iter().any(|key_set| key_set.id == id))
    }

    fn draw_msn(&self) -> Result<Msn, Trouble> {
        const LOWEST: u32 = 100_000;
        const NUMBERS: u32 = 900_000;
        let number = LOWEST + u32::from_be_bytes(self.entropy.bytes()) % NUMBERS;
        Msn::parse(&number.to_string()).map_err(|invalid| Trouble::Broken(invalid.0.to_owned()))
    }

    fn draw_client_secret(&self) -> Zeroizing<String> {
        use base64::{Engine as _, engine::general_purpose::STANDARD};
        Zeroizing::new(STANDARD.encode(self.entropy.bytes::<CLIENT_SECRET_BYTES>()))
    }

    fn draw_subscription_key(&self) -> Zeroizing<String> {
        Zeroizing::new(format!("{:032x}", u128::from_be_bytes(self.entropy.bytes())))
    }
}
