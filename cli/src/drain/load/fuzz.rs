//! Reads arbitrary pages, command outputs and URLs.

use super::*;
use crate::fuzzing::{bounded, config, text};
use proptest::prelude::*;
use proptest::sample::select;

const KNOWN: &[&str] = &[
    "busy",
    "active processes",
    "busy: 7",
    "/busy",
    "{\"busy\":7}",
    "{",
    "}",
    "[",
    "]",
    "\"",
    "\\",
    "=",
    ":",
    ",",
    " ",
    "\n",
    "\r\n",
    "\t",
    "#",
    "busy{a=\"b\"} 7",
    "{a=\"",
    "\"}",
    "-",
    ".",
    "e",
    "inf",
    "nan",
    "0x",
    "\u{e9}",
    "\0",
    "null",
    "1e309",
];
const FIELDS: &[&str] =
    &["busy", "/busy", "/0/a~1b", "busy{a=\"b\"}", "busy{", "", "/", "\u{e9}", "active processes", "a:b"];

proptest! {
    #![proptest_config(config())]

    #[test]
    fn any_page(page in text(KNOWN), known in select(FIELDS), other in text(KNOWN), which: bool) {
        let field = if which { known } else { &other };
        let (found, samples) = bounded(|| (body::find(&page, field), page.lines().count() as u64));
        if let Ok(number) = found {
            prop_assert!(number <= MOST as u64 * samples.max(1));
        }
        let _ = bounded(|| (text::find(&page, field), prometheus::find(&page, field), json::find(&page, field)));
    }

    #[test]
    fn any_word(word in text(KNOWN)) {
        match bounded(|| parse(&word)) {
            Ok(number) => prop_assert!(number <= MOST as u64),
            Err(why) => prop_assert!(why.len() < 256),
        }
    }
}
