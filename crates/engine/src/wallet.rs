//! The wallets of a sandbox: who its payers are, and what is changed of them.

use domain::{
    merchant::SalesUnit,
    text::{PhoneNumber, Space},
    time::Timestamp,
    wallet::{Date, Payer},
};
use jiff::tz::TimeZone;
use store::{Intent, Mode, Trouble, Work};

use crate::{
    Engine,
    live::Topic,
    merchant::DEFAULT_SPACE,
    payer::{codes, test_payers},
};

/// The most payers that are listed.
const PAYERS_MAX: u32 = 200;

impl Engine {
    /// The payer of this number in a sandbox, as it is now.
    ///
    /// # Errors
    /// Where the store has no answer.
    pub async fn payer(&self, number: &PhoneNumber) -> Result<Option<Payer>, Trouble> {
        let Some(unchanged) = self.unchanged_payer(number) else { return Ok(None) };
        Ok(Some(self.store.payer(number).await?.unwrap_or(unchanged)))
    }

    /// Payers of whom something was changed, by number.
    ///
    /// # Errors
    /// Where the store has no answer.
    pub async fn changed_payers(&self) -> Result<Vec<Payer>, Trouble> {
        self.store.payers(PAYERS_MAX).await
    }

    /// The listed numbers of the markets, with the two digits that say what is special about each.
    pub fn listed_payers(&self, unit_market: domain::merchant::Market) -> Vec<(u8, Payer)> {
        let number = |ending: u8| test_payers::listed(unit_market, &ending.to_string());
        let listed = test_payers::LISTED.filter_map(|ending| Some((ending, number(ending)?)));
        listed.filter_map(|(ending, number)| Some((ending, self.unchanged_payer(&number)?))).collect()
    }

    /// The two digits of a listed number, which say what is special about its payer.
    pub fn listed_ending(number: &PhoneNumber) -> Option<u8> {
        test_payers::special(number)
    }

    /// Changes a payer: what `change` makes of the payer as it is. Answers the payer afterwards; nothing where there is none.
    ///
    /// # Errors
    /// Where the store has no answer.
    pub async fn change_payer(
        &self,
        number: &PhoneNumber,
        change: impl Fn(&Payer) -> Payer + Send + Sync + 'static,
    ) -> Result<Option<Payer>, Trouble> {
        let Some(unchanged) = self.unchanged_payer(number) else { return Ok(None) };
        let decide = Box::new(move |stored: Option<&Payer>| {
            let before = stored.unwrap_or(&unchanged);
            let after = change(before);
            (after != *before).then(|| Payer { version: before.version.saturating_add(1), ..after })
        });
        let work = Work::Payer { number: number.clone(), decide };
        self.apply(Intent { now: self.payers_now(), work }).await?;
        self.live.tell(&Topic::Payer(number.clone()));
        self.payer(number).await
    }

    /// The day payers live in.
    pub fn payers_today(&self) -> Date {
        date(self.payers_now())
    }

    /// What a payer's wallet shows to be scanned now, after the origin; it changes every minute.
    pub fn code_of_payer(&self, number: &PhoneNumber) -> String {
        codes::personal_qr(&self.keys, number, self.payers_now())
    }

    /// The payer as nobody has changed it. None in production: there nobody is known yet.
    pub(crate) fn unchanged_payer(&self, number: &PhoneNumber) -> Option<Payer> {
        let is_sandbox = self.policy.mode == Mode::Sandbox;
        let today = date(self.payers_now());
        is_sandbox.then(|| test_payers::find(number, today, self.policy.any_number_is_a_payer)).flatten()
    }

    /// The time payers live by: they belong to no sales unit.
    pub(crate) fn payers_now(&self) -> Timestamp {
        match Space::parse(DEFAULT_SPACE) {
            Ok(space) => self.clock.now(&space),
            Err(_) => self.clock.wall(),
        }
    }

    /// The day it is where a sales unit sells.
    pub(crate) fn today(&self, unit: &SalesUnit) -> Date {
        date(self.clock.now(&unit.space))
    }
}

/// The day of a moment, by the wall clock of nobody in particular.
pub(crate) fn date(at: Timestamp) -> Date {
    const EPOCH: Date = Date { year: 1970, month: 1, day: 1 };
    let Ok(moment) = jiff::Timestamp::from_millisecond(at.milliseconds()) else { return EPOCH };
    let day = moment.to_zoned(TimeZone::UTC).date();
    let part = |part: i8| u8::try_from(part).unwrap_or(1);
    let year = u16::try_from(day.year()).unwrap_or(EPOCH.year);
    Date::new(year, part(day.month()), part(day.day())).unwrap_or(EPOCH)
}
