//! Signals by name or number, as in unit files and kill(1): `SIGTERM`, `TERM`, `15`, `RTMIN+3`. Pure.
#![forbid(unsafe_code)]

use nix::libc;
use nix::sys::signal::Signal;

/// Reads a signal; the error says that it is not one.
pub fn parse(text: &str) -> Result<i32, String> {
    let name = text.strip_prefix("SIG").unwrap_or(text);
    let real_time = |rest: &str, base: i32| match rest {
        "" => Some(base),
        rest if rest.starts_with(['+', '-']) => rest.parse::<i32>().ok()?.checked_add(base),
        _ => None,
    };
    let number = if name.bytes().all(|byte| byte.is_ascii_digit()) {
        text.parse().ok()
    } else if let Some(rest) = name.strip_prefix("RTMIN") {
        real_time(rest, libc::SIGRTMIN()).filter(|number| *number >= libc::SIGRTMIN())
    } else if let Some(rest) = name.strip_prefix("RTMAX") {
        real_time(rest, libc::SIGRTMAX()).filter(|number| *number >= libc::SIGRTMIN())
    } else {
        Signal::iterator().find(|signal| signal.as_str().strip_prefix("SIG") == Some(name)).map(|signal| signal as i32)
    };
    number
        .filter(|number| (1..=libc::SIGRTMAX()).contains(number))
        .ok_or_else(|| "not a signal such as SIGTERM, HUP, 15 or RTMIN+3".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_numbers() {
        for (text, number) in [
            ("SIGTERM", libc::SIGTERM),
            ("HUP", libc::SIGHUP),
            ("9", 9),
            ("SIGRTMIN+3", libc::SIGRTMIN() + 3),
            ("RTMIN", libc::SIGRTMIN()),
            ("RTMAX-1", libc::SIGRTMAX() - 1),
        ] {
            assert_eq!(parse(text), Ok(number), "{text}");
        }
        for text in [
            "",
            "0",
            "-1",
            "65",
            "99999999999",
            "SIG",
            "SIG15",
            "sigterm",
            "RTMIN+99",
            "RTMIN-1",
            "RTMAX+1",
            "RTMIN3",
            "X",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
