//! The date of a delivery: IMF-fixdate, always GMT (`Mon, 19 Jan 2026 16:26:33 GMT`).
//!
//! Moments are whole seconds since 1970-01-01T00:00:00Z. Only this one form is written and read.

const DAY_SECONDS: i64 = 86_400;
/// The last moment of the year 9999: the form has four digits for it.
const LAST: i64 = 253_402_300_799;
const WEEKDAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// The moment in words. Moments before 1970 and after 9999 are written as the nearest that is not.
pub fn imf_fixdate(seconds: i64) -> String {
    let seconds = seconds.clamp(0, LAST);
    let (days, of_day) = (seconds / DAY_SECONDS, seconds % DAY_SECONDS);
    let (year, month, day) = civil(days);
    let weekday = named(&WEEKDAYS, days % 7);
    let month = named(&MONTHS, month - 1);
    let (hour, minute, second) = (of_day / 3600, of_day / 60 % 60, of_day % 60);
    format!("{weekday}, {day:02} {month} {year:04} {hour:02}:{minute:02}:{second:02} GMT")
}

/// The moment a text in this form names; none where it is anything else, a wrong weekday included.
pub fn parse(text: &str) -> Option<i64> {
    const FORM: &str = "Mon, 19 Jan 2026 16:26:33 GMT";
    if !text.is_ascii() || text.len() != FORM.len() {
        return None;
    }
    let number = |from: usize, to: usize| -> Option<i64> {
        let digits = text.get(from..to)?;
        digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok())?
    };
    let month = MONTHS.iter().position(|month| text.get(8..11) == Some(*month))?;
    let days = days(number(12, 16)?, i64::try_from(month).ok()? + 1, number(5, 7)?);
    let seconds = days * DAY_SECONDS + number(17, 19)? * 3600 + number(20, 22)? * 60 + number(23, 25)?;
    // Whatever was misread or does not exist is written differently.
    (imf_fixdate(seconds) == text).then_some(seconds)
}

fn named(names: &[&'static str], index: i64) -> &'static str {
    usize::try_from(index).ok().and_then(|index| names.get(index)).copied().unwrap_or_default()
}

/// Year, month and day of a day since 1970. Years are counted from March, so that the leap day is the last; 400 of them are an era.
fn civil(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let (era, of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day)
}

/// The day since 1970 that year, month and day name.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = year - i64::from(month <= 2);
    let (era, year_of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let from_march = if month > 2 { month - 3 } else { month + 9 };
    let of_year = (153 * from_march + 2) / 5 + day - 1;
    let of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + of_year;
    era * 146_097 + of_era - 719_468
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn moments_are_written_in_the_published_form() {
        for (seconds, text) in [
            (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
            (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"),
            (1_680_165_512, "Thu, 30 Mar 2023 08:38:32 GMT"),
            (1_709_251_199, "Thu, 29 Feb 2024 23:59:59 GMT"),
            (1_768_839_993, "Mon, 19 Jan 2026 16:26:33 GMT"),
            (1_772_528_707, "Tue, 03 Mar 2026 09:05:07 GMT"),
            (4_107_542_400, "Mon, 01 Mar 2100 00:00:00 GMT"),
            (LAST, "Fri, 31 Dec 9999 23:59:59 GMT"),
        ] {
            assert_eq!(imf_fixdate(seconds), text);
            assert_eq!(parse(text), Some(seconds), "{text}");
        }
        assert_eq!(imf_fixdate(-1), imf_fixdate(0));
        assert_eq!(imf_fixdate(i64::MAX), imf_fixdate(LAST));
    }

    #[test]
    fn no_other_form_is_read() {
        for text in [
            "",
            "Mon, 19 Jan 2026 16:26:33 UTC",
            "Mon, 19 Jan 2026 16:26:33 +0000",
            "Tue, 19 Jan 2026 16:26:33 GMT",
            "Mon, 9 Jan 2026 16:26:33 GMT",
            "mon, 19 jan 2026 16:26:33 GMT",
            "Mon, 30 Feb 2026 16:26:33 GMT",
            "Mon, 19 Jan 2026 24:26:33 GMT",
            "Mon, 19 Jan 2026 16:60:33 GMT",
            "Mon, +9 Jan 2026 16:26:33 GMT",
            "Mon, 19 Jan 2026 16:26:33 GMT ",
            "Mon, 19 Jén 2026 16:26:3 GMT",
            "2026-01-19T16:26:33Z",
            "1768839993",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_as_the_same_moment(seconds in 0..=LAST) {
            prop_assert_eq!(parse(&imf_fixdate(seconds)), Some(seconds));
        }
    }
}
