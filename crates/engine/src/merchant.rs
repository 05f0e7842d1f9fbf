//! Sales units: making them with their keys, switching what they may do, and the one every sandbox starts with.
//!
//! What may be done with their keys afterwards is in `key_sets`, whom else may act for them in `partner`.

use domain::{
    merchant::{Flag, Flags, Market, SalesUnit},
    text::{Msn, SalesUnitName, Space},
};
use store::{Directory, DirectoryChange, KeyHolder, NewSalesUnit, Trouble};
use zeroize::Zeroizing;

use crate::{Engine, key_sets::IssuedKeys};

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
    pub async fn create_sales_unit(&self, name: SalesUnitName, market: Market) -> Result<(Msn, IssuedKeys), Trouble> {
        for _ in 0..NUMBER_DRAWS_MAX {
            let (msn, keys) = (self.draw_msn()?, self.draw_keys());
            if self.store_sales_unit(&msn, &keys, name.clone(), market).await? {
                return Ok((msn, keys));
            }
        }
        Err(Trouble::Unavailable("no free sales unit number was found".to_owned()))
    }

    /// Switches flags of a sales unit. Answers the sales unit as it is then, or nothing if there is none.
    ///
    /// # Errors
    /// Where the store cannot be written.
    pub async fn set_flags(&self, msn: &Msn, flags: &[(Flag, bool)]) -> Result<Option<SalesUnit>, Trouble> {
        let (number, switches) = (msn.clone(), flags.to_vec());
        let decide = Box::new(move |stored: &Directory| {
            let unit = stored.unit(&number)?.clone();
            let flags = switches.iter().fold(unit.flags, |flags, (flag, on)| flags.with(*flag, *on));
            Some(DirectoryChange::UpdateSalesUnit(SalesUnit { flags, ..unit }))
        });
        Ok(self.change_directory(decide).await?.unit(msn).cloned())
    }

    /// The sales unit of the published examples, if it is not there yet.
    ///
    /// # Errors
    /// Where the store cannot be written.
    pub async fn seed_example_sales_unit(&self) -> Result<(), Trouble> {
        let parsed = (Msn::parse(example::MSN), SalesUnitName::parse("Acme Demo Shop"));
        let (Ok(msn), Ok(name)) = parsed else { return Err(Trouble::Broken("the example sales unit".to_owned())) };
        let keys = IssuedKeys {
            client_id: example::CLIENT_ID.to_owned(),
            client_secret: Zeroizing::new(example::CLIENT_SECRET.to_owned()),
            subscription_keys: [Zeroizing::new(example::SUBSCRIPTION_KEY.to_owned()), self.draw_subscription_key()],
        };
        self.store_sales_unit(&msn, &keys, name, Market::Norway).await.map(drop)
    }

    /// Whether any of the published example keys is in use: nothing that has one may serve real payments.
    pub fn knows_example_keys(&self) -> bool {
        self.access.knows(&self.keys, example::CLIENT_ID, example::SUBSCRIPTION_KEY)
    }

    /// Answers whether the number was free.
    async fn store_sales_unit(
        &self,
        msn: &Msn,
        keys: &IssuedKeys,
        name: SalesUnitName,
        market: Market,
    ) -> Result<bool, Trouble> {
        let Ok(space) = Space::parse(DEFAULT_SPACE) else {
            return Err(Trouble::Broken("the default space".to_owned()));
        };
        let key_set = self.key_set(KeyHolder::SalesUnit(msn.clone()), keys);
        let id = key_set.id;
        let unit = SalesUnit { msn: msn.clone(), name, market, space, flags: Flags::NEW };
        let new = NewSalesUnit { unit, key_set, created_at: self.clock.wall() };
        let decide = Box::new(move |stored: &Directory| {
            stored.unit(&new.unit.msn).is_none().then(|| DirectoryChange::CreateSalesUnit(new.clone()))
        });
        let directory = self.change_directory(decide).await?;
        Ok(directory.key_sets.iter().any(|key_set| key_set.id == id))
    }

    fn draw_msn(&self) -> Result<Msn, Trouble> {
        const LOWEST: u32 = 100_000;
        const NUMBERS: u32 = 900_000;
        let number = LOWEST + u32::from_be_bytes(self.entropy.bytes()) % NUMBERS;
        Msn::parse(&number.to_string()).map_err(|invalid| Trouble::Broken(invalid.0.to_owned()))
    }
}
