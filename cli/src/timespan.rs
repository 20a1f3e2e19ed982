//! Time spans as in systemd.time(7): `90`, `1min 30s`, `500ms`, `infinity`. Pure.
#![forbid(unsafe_code)]

use std::time::Duration;

/// The units and their length in microseconds; a number without one is seconds.
const UNITS: [(&str, u64); 30] = [
    ("us", 1),
    ("usec", 1),
    ("\u{b5}s", 1),
    ("\u{3bc}s", 1),
    ("ms", 1_000),
    ("msec", 1_000),
    ("s", SECOND),
    ("sec", SECOND),
    ("second", SECOND),
    ("seconds", SECOND),
    ("m", 60 * SECOND),
    ("min", 60 * SECOND),
    ("minute", 60 * SECOND),
    ("minutes", 60 * SECOND),
    ("h", 3_600 * SECOND),
    ("hr", 3_600 * SECOND),
    ("hour", 3_600 * SECOND),
    ("hours", 3_600 * SECOND),
    ("d", DAY),
    ("day", DAY),
    ("days", DAY),
    ("w", 7 * DAY),
    ("week", 7 * DAY),
    ("weeks", 7 * DAY),
    ("M", MONTH),
    ("month", MONTH),
    ("months", MONTH),
    ("y", YEAR),
    ("year", YEAR),
    ("years", YEAR),
];

const SECOND: u64 = 1_000_000;
const DAY: u64 = 86_400 * SECOND;
/// A year of 365.25 days, and its twelfth part.
const YEAR: u64 = 31_557_600 * SECOND;
const MONTH: u64 = YEAR / 12;

/// A time span from the command line; `None` means no limit.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Timespan(pub Option<Duration>);

/// Reads a time span; the error says what is wrong with it.
pub fn parse(text: &str) -> Result<Timespan, String> {
    if text == "infinity" {
        return Ok(Timespan(None));
    }
    let mut rest = text.trim();
    if rest.is_empty() {
        return Err("empty time span".into());
    }
    let mut total: u64 = 0;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let (number, after) = rest.split_at(digits);
        let after = after.trim_start();
        let letters = after.find(|c: char| !c.is_alphabetic() && c != '\u{b5}').unwrap_or(after.len());
        let (unit, after) = after.split_at(letters);
        let factor = match UNITS.iter().find(|(name, _)| *name == unit) {
            Some((_, factor)) => *factor,
            None if unit.is_empty() => 1_000_000,
            None => return Err(format!("not a unit of time: {unit}")),
        };
        let usec = scale(number, factor).ok_or("not a time span such as 90s, 1min 30s, 500ms or infinity")?;
        total = total.checked_add(usec).ok_or("time span too long")?;
        rest = after.trim_start();
    }
    Ok(Timespan(Some(Duration::from_micros(total))))
}

/// `1.5` times a unit, in whole microseconds.
fn scale(number: &str, factor: u64) -> Option<u64> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if (whole.is_empty() && fraction.is_empty()) || !digits(whole) || !digits(fraction) {
        return None;
    }
    let whole: u64 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    let mut usec = whole.checked_mul(factor)?;
    let mut place = factor;
    for digit in fraction.bytes() {
        place /= 10;
        usec = usec.checked_add(place * u64::from(digit - b'0'))?;
    }
    Some(usec)
}

/// A time span as systemd prints it: `1min 30s`, `2s`, `500ms`, `1s 500ms`.
pub fn format(span: Duration) -> String {
    let mut usec = u64::try_from(span.as_micros()).unwrap_or(u64::MAX);
    let mut words = Vec::new();
    let units = [
        ("y", YEAR),
        ("month", MONTH),
        ("w", 7 * DAY),
        ("d", DAY),
        ("h", 3_600 * SECOND),
        ("min", 60 * SECOND),
        ("s", SECOND),
        ("ms", 1_000),
        ("us", 1),
    ];
    for (unit, length) in units {
        if usec >= length {
            words.push(format!("{}{unit}", usec / length));
            usec %= length;
        }
    }
    if words.is_empty() { "0".into() } else { words.join(" ") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fuzzing::{bounded, config, text};
    use proptest::prelude::*;

    #[test]
    fn spans() {
        for (text, usec) in [
            ("90", 90_000_000),
            ("1min 30s", 90_000_000),
            ("1min30", 90_000_000),
            ("500ms", 500_000),
            ("1.5s", 1_500_000),
            (".25s", 250_000),
            ("20 us", 20),
            ("0", 0),
            ("2 days", 172_800_000_000),
            ("1w 1d", 691_200_000_000),
            ("1month", 2_629_800_000_000),
            ("1M", 2_629_800_000_000),
            ("0.5y", 15_778_800_000_000),
            ("7\u{b5}s 3\u{3bc}s", 10),
        ] {
            assert_eq!(parse(text), Ok(Timespan(Some(Duration::from_micros(usec)))), "{text}");
        }
        assert_eq!(parse("infinity"), Ok(Timespan(None)));
        for text in ["", " ", "s", "-1", "1..2", ".", "1x", "1 fortnight", "99999999999999999999", "1e3", "½s"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn printed() {
        for (msec, text) in [(90_000, "1min 30s"), (2_000, "2s"), (500, "500ms"), (1_500, "1s 500ms"), (0, "0")] {
            assert_eq!(format(Duration::from_millis(msec)), text);
        }
        // As systemd-analyze(1) prints it.
        assert_eq!(format(Duration::from_secs(400 * 86_400)), "1y 1month 4d 7h 30min");
    }

    const KNOWN: &[&str] = &[
        "1",
        "90",
        "0.5",
        ".",
        "..",
        " ",
        "us",
        "ms",
        "s",
        "min",
        "h",
        "d",
        "w",
        "weeks",
        "M",
        "month",
        "y",
        "years",
        "infinity",
        "\u{b5}s",
        "\u{bd}",
        "-",
        "99999999999999999999",
        "1e3",
        "\0",
    ];

    proptest! {
        #![proptest_config(config())]

        #[test]
        fn fuzz_printed_spans_are_read_again(usec in any::<u64>()) {
            let span = Duration::from_micros(usec);
            prop_assert_eq!(parse(&format(span)), Ok(Timespan(Some(span))));
        }

        #[test]
        fn fuzz_any_text_is_read_or_refused(text in text(KNOWN)) {
            if let Ok(Timespan(Some(span))) = bounded(|| parse(&text)) {
                prop_assert_eq!(parse(&format(span)), Ok(Timespan(Some(span))));
            }
        }
    }
}
