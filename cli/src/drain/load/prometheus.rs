//! Samples in the text format of Prometheus: `name{label="value"} number [timestamp]`.
#![forbid(unsafe_code)]

/// The sum of the samples of a metric: all of them, or those with the labels that FIELD names. `None` if there are
/// none.
pub fn find(page: &str, field: &str) -> Option<Result<u64, String>> {
    let (name, labels) = series(field)?;
    let mut sum = None;
    for line in page.lines() {
        let Some((found, rest)) = sample(line) else { continue };
        if found.name != name || !labels.iter().all(|label| found.labels.contains(label)) {
            continue;
        }
        match rest.split_whitespace().next().map_or_else(|| Err("no number found".into()), super::parse) {
            Ok(number) => sum = Some(sum.unwrap_or(0_u64).saturating_add(number)),
            Err(why) => return Some(Err(why)),
        }
    }
    sum.map(Ok)
}

struct Series<'a> {
    name: &'a str,
    labels: Vec<(&'a str, String)>,
}

/// A whole text as a series.
fn series(text: &str) -> Option<(&str, Vec<(&str, String)>)> {
    let (series, rest) = sample(text)?;
    rest.trim().is_empty().then_some((series.name, series.labels))
}

/// The series at the beginning of a line, and what follows.
fn sample(line: &str) -> Option<(Series<'_>, &str)> {
    let line = line.trim_start();
    let end = line.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | ':'))).unwrap_or(line.len());
    let (name, rest) = line.split_at(end);
    if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let rest = rest.trim_start();
    let Some(mut inside) = rest.strip_prefix('{') else { return Some((Series { name, labels: Vec::new() }, rest)) };
    let mut labels = Vec::new();
    loop {
        inside = inside.trim_start_matches([' ', '\t', ',']);
        if let Some(after) = inside.strip_prefix('}') {
            return Some((Series { name, labels }, after));
        }
        let (label, after) = inside.split_once('=')?;
        let (value, after) = quoted(after.trim_start())?;
        labels.push((label.trim(), value));
        inside = after;
    }
}

/// A quoted value, and what follows.
fn quoted(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut characters = text.strip_prefix('"')?.char_indices();
    while let Some((at, c)) = characters.next() {
        match c {
            '"' => return Some((value, &text[at + 2..])),
            '\\' => value.push(match characters.next()?.1 {
                'n' => '\n',
                other => other,
            }),
            other => value.push(other),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples() {
        let page = "# HELP sessions now\n# TYPE sessions gauge\nsessions{proxy=\"a\",side=\"x \\\" } y\"} 2 1700000000\n\
                    sessions{ proxy = \"b\", } 3.0\nup 1\nbroken{a= 7\nbad NaN\nsessions_total 99\n";
        for (field, number) in [
            ("sessions", 5),
            ("sessions{proxy=\"a\"}", 2),
            ("sessions{side=\"x \\\" } y\"}", 2),
            ("sessions{proxy=\"b\"}", 3),
            ("up", 1),
        ] {
            assert_eq!(find(page, field), Some(Ok(number)), "{field}");
        }
        assert!(find(page, "bad").is_some_and(|number| number.is_err()));
        for field in ["none", "sessions{proxy=\"c\"}", "sessions{", "broken", "7", "HELP"] {
            assert_eq!(find(page, field), None, "{field}");
        }
    }
}
