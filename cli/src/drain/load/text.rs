//! Lines of `NAME: NUMBER`, as php-fpm, Apache and nginx have them.
#![forbid(unsafe_code)]

/// The number after `FIELD:` at the beginning of a line, or else after another pair, as in nginx's `Reading: 0 Writing:
/// 1`. `None` if there is none.
pub fn find(page: &str, field: &str) -> Option<Result<u64, String>> {
    let value = |rest: &str| rest.strip_prefix(':').map(|rest| rest.split_whitespace().next().map(super::parse));
    let first = page.lines().find_map(|line| value(line.strip_prefix(field)?));
    let found = first.or_else(|| {
        page.lines().find_map(|line| {
            let mut places = line.match_indices(field);
            places.find_map(|(at, _)| if follows_pair(&line[..at]) { value(&line[at + field.len()..]) } else { None })
        })
    })?;
    Some(found.unwrap_or_else(|| Err("no number found".into())))
}

/// Whether a text ends with a number and white space.
fn follows_pair(before: &str) -> bool {
    let words = before.trim_end();
    words.len() < before.len() && words.ends_with(|c: char| c.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_of_servers() {
        let fpm = "pool:                 www\nlisten queue:         3\nmax listen queue:     9\nidle processes:       1\n\
                   active processes:     2\ntotal processes:      3\nmax active processes: 5\n";
        assert_eq!(find(fpm, "active processes"), Some(Ok(2)));
        assert_eq!(find(fpm, "listen queue"), Some(Ok(3)));
        assert_eq!(find(fpm, "processes"), None);
        assert_eq!(find(fpm, "queue"), None);
        assert!(find(fpm, "pool").is_some_and(|number| number == Err("'www' is not a number".into())));
        let apache = "Total Accesses: 12\nReqPerSec: .5\nBusyWorkers: 1\nIdleWorkers: 49\nScoreboard: __W__\n";
        assert_eq!(find(apache, "BusyWorkers"), Some(Ok(1)));
        assert_eq!(find(apache, "ReqPerSec"), Some(Ok(1)));
        let nginx =
            "Active connections: 2 \nserver accepts handled requests\n 7 7 9 \nReading: 0 Writing: 1 Waiting: 4 \n";
        for (field, number) in [("Active connections", 2), ("Reading", 0), ("Writing", 1), ("Waiting", 4)] {
            assert_eq!(find(nginx, field), Some(Ok(number)), "{field}");
        }
    }

    #[test]
    fn numbers() {
        for (text, number) in [("0", 0), ("\t7", 7), ("2 of 9", 2), ("0.9", 1), ("0.0", 0), ("1e3", 1000)] {
            assert_eq!(find(&format!("x\nbusy:{text}\r\n"), "busy"), Some(Ok(number)), "{text}");
        }
        for text in ["", "0,5", "-1", "1e10", "nan", "inf", "0x10", "1_0", "99999999999999999999", "<b>1</b>", "²"] {
            assert!(find(&format!("busy: {text}\n"), "busy").is_some_and(|number| number.is_err()), "{text}");
        }
    }
}
