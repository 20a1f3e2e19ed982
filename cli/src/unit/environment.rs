//! `Environment=` and the files of `EnvironmentFile=`.
#![forbid(unsafe_code)]

use super::command::is_name;
use super::words;

/// Names and values.
pub type Variables = Vec<(Vec<u8>, Vec<u8>)>;

/// Sets a variable, replacing an earlier value.
pub fn set(variables: &mut Variables, name: Vec<u8>, value: Vec<u8>) {
    variables.retain(|(known, _)| *known != name);
    variables.push((name, value));
}

/// One word of `Environment=`; `None` if it is not an assignment.
pub fn assignment(word: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
    let at = word.iter().position(|byte| *byte == b'=')?;
    is_name(&word[..at]).then(|| (word[..at].to_vec(), word[at + 1..].to_vec()))
}

/// The assignments of an `Environment=`, and the words that are not assignments.
pub fn assignments(value: &[u8]) -> Result<(Variables, Vec<Vec<u8>>), &'static str> {
    let mut variables = Variables::new();
    let mut bad = Vec::new();
    for word in words::all(value)? {
        match assignment(&word) {
            Some(pair) => variables.push(pair),
            None => bad.push(word),
        }
    }
    Ok((variables, bad))
}

/// Reads such a file: one assignment per line, quotes as in a shell, comments after # and ; at the beginning of a line,
/// lines joined by a backslash. The second result has the numbers of lines that are not assignments.
pub fn file(text: &[u8]) -> (Variables, Vec<usize>) {
    let mut variables = Variables::new();
    let mut bad = Vec::new();
    let (mut rest, mut line) = (text, 1);
    while !rest.is_empty() {
        let start = line;
        let (whole, after) = logical_line(rest);
        line += rest[..rest.len() - after.len()].iter().filter(|byte| **byte == b'\n').count();
        rest = after;
        let whole = whole.trim_ascii_start();
        if whole.trim_ascii().is_empty() || whole.starts_with(b"#") || whole.starts_with(b";") {
            continue;
        }
        let at = whole.iter().position(|byte| *byte == b'=');
        match at.map(|at| (whole[..at].trim_ascii(), &whole[at + 1..])) {
            Some((name, value)) if is_name(name) => set(&mut variables, name.to_vec(), unquote(value)),
            _ => bad.push(start),
        }
    }
    (variables, bad)
}

/// Splits at the first line break that is neither quoted nor escaped. A backslash continues a comment too.
fn logical_line(text: &[u8]) -> (&[u8], &[u8]) {
    let is_comment = text.trim_ascii_start().first().is_some_and(|first| b"#;".contains(first));
    let mut quote = None;
    let mut escaped = false;
    // Quotes count only at the beginning of a part of a value, which is enough here.
    let mut in_value = false;
    for (index, &byte) in text.iter().enumerate() {
        match (byte, quote) {
            _ if escaped => escaped = false,
            (b'\\', Some(b'"') | None) => escaped = true,
            (b'=', None) => in_value = true,
            (b'\'' | b'"', None) if in_value && !is_comment => quote = Some(byte),
            (byte, Some(end)) if byte == end => quote = None,
            (b'\n', None) => return (&text[..index], &text[index + 1..]),
            _ => {}
        }
    }
    (text, b"")
}

/// A value without quotes, backslashes and surrounding white space.
fn unquote(value: &[u8]) -> Vec<u8> {
    let mut plain = Vec::new();
    // White space at the end does not count, unless it was quoted.
    let mut keep = 0;
    let mut quote = None;
    let mut rest = value.trim_ascii_start();
    while let Some((&byte, after)) = rest.split_first() {
        rest = match (byte, quote) {
            (b'\\', None) => match after.split_first() {
                Some((b'\n', after)) => after,
                Some((&escaped, after)) => {
                    plain.push(escaped);
                    keep = plain.len();
                    after
                }
                None => after,
            },
            (b'\\', Some(b'"')) => match after.split_first() {
                Some((b'\n', after)) => after,
                Some((&escaped, after)) => {
                    if !b"\"\\`$".contains(&escaped) {
                        plain.push(b'\\');
                    }
                    plain.push(escaped);
                    keep = plain.len();
                    after
                }
                None => after,
            },
            (byte, Some(end)) if byte == end => {
                quote = None;
                keep = plain.len();
                after
            }
            (b'\'' | b'"', None) => {
                quote = Some(byte);
                after
            }
            _ => {
                plain.push(byte);
                if quote.is_some() || !byte.is_ascii_whitespace() {
                    keep = plain.len();
                }
                after
            }
        };
    }
    plain.truncate(keep);
    plain
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn text(variables: &Variables) -> Vec<String> {
        let pair = |(name, value): &(Vec<u8>, Vec<u8>)| [name.as_slice(), b"=", value].concat();
        variables.iter().map(pair).map(|pair| String::from_utf8_lossy(&pair).into_owned()).collect()
    }

    #[test]
    fn settings() {
        let (variables, bad) = assignments(b"A=1 'B=two words' \"C=\" D 1E=x").expect("balanced");
        assert_eq!(text(&variables), ["A=1", "B=two words", "C="]);
        assert_eq!(bad, [b"D".to_vec(), b"1E=x".to_vec()]);
    }

    #[test]
    fn files() {
        let (variables, bad) = file(
            b"# comment = 'x\n; other\nA=plain text  \n B = 'single $x \\n' \nC=\"double \\\"x\\\" \\$ \\a\"\nD=one \\\n  two\nE='a\nb'\n\nword\nF=\nA=again\n1=2",
        );
        assert_eq!(
            text(&variables),
            ["B=single $x \\n", "C=double \"x\" $ \\a", "D=one   two", "E=a\nb", "F=", "A=again"]
        );
        assert_eq!(bad, [11, 14]);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn quoted_values_are_read_again(value in "[^']*") {
            let (variables, bad) = file(format!("NAME='{value}'\nLAST=1").as_bytes());
            prop_assert_eq!(text(&variables), [format!("NAME={value}"), "LAST=1".into()]);
            prop_assert!(bad.is_empty());
        }

        #[test]
        fn any_text_is_read(text in "[A-C=#'\"\\\\\n a]{0,40}|\\PC*") {
            let _ = file(text.as_bytes());
        }
    }
}
