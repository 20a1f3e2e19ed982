//! Words as in systemd.syntax(7) and systemd.service(5): separated by white space, with quotes and C escapes.
#![forbid(unsafe_code)]

/// What systemd considers white space.
pub const WHITESPACE: [u8; 4] = *b" \t\n\r";

/// A word, and the rest.
type First<'a> = Option<(Vec<u8>, &'a [u8])>;

/// The first word, unquoted and unescaped, and the rest; `None` if there is no word. The error says what is wrong with
/// it.
pub fn first(text: &[u8]) -> Result<First<'_>, &'static str> {
    let mut rest = text.trim_ascii_start();
    if rest.is_empty() {
        return Ok(None);
    }
    let mut word = Vec::new();
    let mut quote = None;
    while let Some((&byte, after)) = rest.split_first() {
        rest = match (byte, quote) {
            (b'\\', _) => match escape(after, &mut word) {
                Some(after) => after,
                None if after.is_empty() => return Err("a backslash at the end"),
                // As in systemd, an invalid escape sequence stays.
                None => {
                    word.push(b'\\');
                    after
                }
            },
            (byte, Some(end)) if byte == end => {
                quote = None;
                after
            }
            (b'\'' | b'"', None) => {
                quote = Some(byte);
                after
            }
            (byte, None) if WHITESPACE.contains(&byte) => break,
            _ => {
                word.push(byte);
                after
            }
        };
    }
    match quote {
        Some(_) => Err("unbalanced quotes"),
        None => Ok(Some((word, rest.trim_ascii_start()))),
    }
}

/// All words.
pub fn all(text: &[u8]) -> Result<Vec<Vec<u8>>, &'static str> {
    let mut words = Vec::new();
    let mut rest = text;
    while let Some((word, after)) = first(rest)? {
        words.push(word);
        rest = after;
    }
    Ok(words)
}

/// Appends the meaning of an escape sequence, given without its backslash; returns the rest, or `None` if it is
/// invalid.
fn escape<'a>(text: &'a [u8], word: &mut Vec<u8>) -> Option<&'a [u8]> {
    let (&kind, after) = text.split_first()?;
    let plain = match kind {
        b'a' => 7,
        b'b' => 8,
        b'f' => 12,
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'v' => 11,
        b's' => b' ',
        b'\\' | b'"' | b'\'' => kind,
        b'x' => return number(after, 2, 16, word, false),
        b'u' => return number(after, 4, 16, word, true),
        b'U' => return number(after, 8, 16, word, true),
        b'0'..=b'7' => return number(text, 3, 8, word, false),
        _ => return None,
    };
    word.push(plain);
    Some(after)
}

/// Reads this many digits, for a byte or a character.
fn number<'a>(text: &'a [u8], digits: usize, radix: u32, word: &mut Vec<u8>, character: bool) -> Option<&'a [u8]> {
    let (number, after) = text.split_at_checked(digits)?;
    let number = number.iter().try_fold(0_u32, |sum, digit| {
        char::from(*digit).to_digit(radix).and_then(|digit| sum.checked_mul(radix)?.checked_add(digit))
    })?;
    if number == 0 {
        return None;
    }
    if character {
        word.extend_from_slice(char::from_u32(number)?.encode_utf8(&mut [0; 4]).as_bytes());
    } else {
        word.push(u8::try_from(number).ok()?);
    }
    Some(after)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn words(text: &str) -> Vec<String> {
        all(text.as_bytes()).expect(text).into_iter().map(|word| String::from_utf8(word).expect("UTF-8")).collect()
    }

    #[test]
    fn quotes_and_escapes() {
        assert_eq!(words("a  b\tc"), ["a", "b", "c"]);
        assert_eq!(words(r#"'a b' "c d" e"f g"h '' "#), ["a b", "c d", "ef gh", ""]);
        assert_eq!(words(r#"a\x20b \u00e4 \101 \s \"  '\''"#), ["a b", "ä", "A", " ", "\"", "'"]);
        assert_eq!(words(r"\d \x0 \;"), [r"\d", r"\x0", r"\;"], "no escape sequences");
        for bad in ["'a", "a\"", "a\\"] {
            assert!(all(bad.as_bytes()).is_err(), "{bad}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn quoted_words_are_read_again(words in prop::collection::vec("\\PC*", 0..5)) {
            let quote = |word: &String| format!("'{}'", word.replace('\\', "\\\\").replace('\'', "\\'"));
            let line = words.iter().map(quote).collect::<Vec<_>>().join(" ");
            let read = all(line.as_bytes()).expect("balanced");
            prop_assert_eq!(read, words.into_iter().map(String::into_bytes).collect::<Vec<_>>());
        }

        #[test]
        fn any_text_is_read_or_refused(text in prop::collection::vec(any::<u8>(), 0..60)) {
            let _ = all(&text);
        }
    }
}
