//! Moments as people read them, where a sales unit sells.

use domain::{merchant::Market, time::Timestamp};
use jiff::{Zoned, tz::TimeZone};

/// The time of day; with the day before it where that is another than `now`'s.
pub(crate) fn ends_at(at: Timestamp, now: Timestamp, market: Market) -> String {
    match (zoned(at, market), zoned(now, market)) {
        (Some(at), Some(now)) if at.date() == now.date() => at.strftime("%H:%M").to_string(),
        (Some(at), _) => at.strftime("%Y-%m-%d %H:%M").to_string(),
        (None, _) => String::new(),
    }
}

/// Day and time.
pub(crate) fn day_and_time(at: Timestamp, market: Market) -> String {
    zoned(at, market).map(|at| at.strftime("%Y-%m-%d %H:%M").to_string()).unwrap_or_default()
}

/// The clock of the market; where the system does not know it, the one that is the same everywhere.
fn zoned(at: Timestamp, market: Market) -> Option<Zoned> {
    let zone = match market {
        Market::Norway => "Europe/Oslo",
        Market::Denmark => "Europe/Copenhagen",
        Market::Finland => "Europe/Helsinki",
    };
    let zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
    Some(jiff::Timestamp::from_millisecond(at.milliseconds()).ok()?.to_zoned(zone))
}
