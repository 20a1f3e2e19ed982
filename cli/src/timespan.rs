//! Time spans as systemd.time(7) writes them: `90`, `1min 30s`, `500ms`, `infinity`. Pure.
#![forbid(unsafe_code)]

use std::time::Duration;

/// The units and their length in microseconds; a number without one is seconds.
const UNITS: [(&str, u64); 17] = [
    ("us", 1),
    ("usec", 1),
    ("ms", 1_000),
    ("msec", 1_000),
    ("s", 1_000_000),
    ("sec", 1_000_000),
    ("second", 1_000_000),
    ("seconds", 1_000_000),
    ("m", 60_000_000),
    ("min", 60_000_000),
    ("minute", 60_000_000),
    ("minutes", 60_000_000),
    ("h", 3_600_000_000),
    ("hr", 3_600_000_000),
    ("hour", 3_600_000_000),
    ("hours", 3_600_000_000),
    ("d", 86_400_000_000),
];

/// A time span given on the command line; none means that there is no limit.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Timespan(pub Option<Duration>);

/// Reads a time span; the error says what is wrong with it.
pub fn parse(text: &str) -> Result<Timespan, String> {
    if text == "infinity" {
        return Ok(Timespan(None));
    }
    let mut rest = text.trim();
    if rest.is_empty() {
        return Err("an empty time span".into());
    }
    let mut total: u64 = 0;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let (number, after) = rest.split_at(digits);
        let after = after.trim_start();
        let letters = after.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(after.len());
        let (unit, after) = after.split_at(letters);
        let factor = match UNITS.iter().find(|(name, _)| *name == unit) {
            Some((_, factor)) => *factor,
            None if unit.is_empty() => 1_000_000,
            None => return Err(format!("no unit of time: {unit}")),
        };
        let usec = scale(number, factor).ok_or("not a time span such as 90s, 1min 30s, 500ms or infinity")?;
        total = total.checked_add(usec).ok_or("too long a time span")?;
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

/// As systemd prints one: `1min 30s`, `2s`, `500ms`, `1s 500ms`.
pub fn format(span: Duration) -> String {
    let mut usec = u64::try_from(span.as_micros()).unwrap_or(u64::MAX);
    let mut words = Vec::new();
    let units = [("d", 86_400_000_000), ("h", 3_600_000_000), ("min", 60_000_000), ("s", 1_000_000), ("ms", 1_000)];
    for (unit, length) in units.into_iter().chain([("us", 1)]) {
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
    }
}
