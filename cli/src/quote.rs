//! Text that is safe for a terminal. Everything that prints takes a [`Line`], and a [`Line`] consists of the program's
//! own words, numbers, and text from outside that went through [`quote`]: omitting that does not compile.
#![forbid(unsafe_code)]

use std::fmt::{self, Display, Formatter, Write};

/// Text without line breaks or anything that a terminal would interpret.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Line(String);

impl Line {
    /// For [`quoted!`] only, which checks the arguments.
    #[doc(hidden)]
    pub fn of_printables(text: String) -> Line {
        Line(text)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn push(&mut self, line: &Line) {
        self.0.push_str(&line.0);
    }
}

impl Display for Line {
    fn fmt(&self, f: &mut Formatter) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl From<&'static str> for Line {
    fn from(words: &'static str) -> Line {
        Line(words.to_owned())
    }
}

/// Types that may stand in a [`Line`] unquoted.
pub trait Printable: Display {}

impl Printable for Line {}
impl Printable for &'static str {}
impl Printable for u8 {}
impl Printable for i32 {}
impl Printable for u32 {}
impl Printable for u64 {}
impl Printable for usize {}
impl Printable for f64 {}
impl Printable for anstyle::Style {}
impl<T: Printable> Printable for &T {}

/// Requires its argument to be printable.
pub fn printable<T: Printable>(value: T) -> T {
    value
}

/// `format!` for a [`Line`]: every argument must be [`Printable`]. `concat!` keeps variables out of the format itself, where
/// nothing could check them.
macro_rules! quoted {
    ($format:literal $(, $argument:expr)* $(,)?) => {
        $crate::quote::Line::of_printables(format!(concat!($format) $(, $crate::quote::printable(&$argument))*))
    };
}
pub(crate) use quoted;

/// Text from outside, with everything that a terminal would interpret written as a Rust escape sequence.
pub fn quote(text: &str) -> Line {
    let mut quoted = String::with_capacity(text.len());
    for c in text.chars() {
        if is_safe(c) {
            quoted.push(c);
        } else {
            quoted.extend(c.escape_default());
        }
    }
    Line(quoted)
}

/// A JSON text, with everything that a terminal would interpret written as a JSON escape sequence, so its meaning stays
/// the same.
pub fn quote_json(value: &serde_json::Value) -> Line {
    let mut quoted = String::new();
    let mut units = [0; 2];
    // Such characters occur only in strings.
    for c in value.to_string().chars() {
        if is_safe(c) {
            quoted.push(c);
        } else {
            for unit in c.encode_utf16(&mut units) {
                let _ = write!(quoted, "\\u{unit:04x}");
            }
        }
    }
    Line(quoted)
}

/// Whether a character is neither a control character, nor invisible, nor changes the direction of text.
fn is_safe(c: char) -> bool {
    !c.is_control()
        && !matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
            | '\u{fff0}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOSTILE: &str = "a\u{1b}[2Jb\tc✓\u{202e}\u{9b}31m\u{61c}\u{e0041}\n\u{7f}";

    #[test]
    fn nothing_reaches_the_terminal() {
        let quoted = "a\\u{1b}[2Jb\\tc✓\\u{202e}\\u{9b}31m\\u{61c}\\u{e0041}\\n\\u{7f}";
        assert_eq!(quote(HOSTILE).as_str(), quoted);
        assert_eq!(quote(quoted).as_str(), quoted, "once is enough");
    }

    #[test]
    fn json_means_the_same() {
        let value = serde_json::json!({ HOSTILE: [HOSTILE] });
        let quoted = quote_json(&value);
        assert!(quoted.as_str().chars().all(is_safe), "{quoted}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(quoted.as_str()).expect("JSON"), value);
    }

    #[test]
    fn lines() {
        let name = String::from("x\u{7}");
        assert_eq!(quoted!("{} of {:>3}", quote(&name), 7).as_str(), "x\\u{7} of   7");
    }
}
