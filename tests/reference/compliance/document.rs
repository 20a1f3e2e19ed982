//! COMPAT.md: made from the cases and what they came to, and compared with the file in the tree.

use crate::case::Case;
use crate::outcome::{COLUMNS, Outcomes, Transcript, differences, is_missing};
use sdnotify_tests::tree::top;
use std::collections::BTreeMap;
use std::fmt::Write;

/// From here on the file belongs to another test.
const FOREIGN: &str = "\n## Unmodified daemons";

/// Compares, and leaves what the file should be in target/COMPAT.md.
pub fn check(cases: &[Case], results: &[Outcomes]) -> Result<(), String> {
    let made = document(cases, results);
    let path = top().join("COMPAT.md");
    let file = std::fs::read_to_string(&path).unwrap_or_default();
    let (own, foreign) = file.split_at(file.find(FOREIGN).unwrap_or(file.len()));
    let better = top().join("target/COMPAT.md");
    std::fs::write(&better, format!("{made}{foreign}")).map_err(|error| format!("{}: {error}", better.display()))?;
    if own == made {
        Ok(())
    } else {
        Err(format!("COMPAT.md is not what this run says; see diff COMPAT.md {}", better.display()))
    }
}

fn document(cases: &[Case], results: &[Outcomes]) -> String {
    let mut text = include_str!("preface.md").to_owned();
    let known: Vec<_> = cases.iter().zip(results).filter(|(case, _)| !case.differences.is_empty()).collect();

    text += "\n## Differences from 262\n\n";
    text += "| function | case | who | 262 answers | they answer | why |\n|---|---|---|---|---|---|\n";
    for (case, outcomes) in &known {
        for difference in &case.differences {
            let (theirs, reference) = answers(outcomes, difference.who[0]);
            let who = difference.who.join(", ");
            writeln!(
                text,
                "| {} | {} | {who} | {reference} | {theirs} | {} |",
                case.function, case.title, difference.why
            )
            .expect("a string grows");
        }
    }

    text += "\n## Every case\n\n";
    text += "`=` does what 262 does, `≠` does not (see above), `-` does not have the function.\n";
    let mut functions: Vec<&str> = Vec::new();
    for case in cases {
        if !functions.contains(&case.function) {
            functions.push(case.function);
        }
    }
    for function in functions {
        write!(text, "\n### {function}\n\n| case | 252 | 257 | ours |\n|---|---|---|---|\n").expect("a string grows");
        for (case, outcomes) in cases.iter().zip(results).filter(|(case, _)| case.function == function) {
            let cells: BTreeMap<&str, &str> = COLUMNS.iter().map(|(name, _)| (*name, cell(outcomes, name))).collect();
            let ours = if cells["ours"] == cells["drop-in"] { cells["ours"] } else { "?" };
            writeln!(text, "| {} | {} | {} | {ours} |", case.title, cells["252"], cells["257"])
                .expect("a string grows");
        }
    }
    text
}

fn cell(outcomes: &Outcomes, name: &str) -> &'static str {
    match outcomes.others.get(name) {
        Some(transcript) if is_missing(transcript) => "-",
        Some(transcript) if *transcript == outcomes.reference => "=",
        Some(_) => "≠",
        None => "?",
    }
}

/// What a library answers where it differs, and what the reference answers there.
fn answers(outcomes: &Outcomes, name: &str) -> (String, String) {
    let nothing = Transcript::new();
    let mine = outcomes.others.get(name).unwrap_or(&nothing);
    let mut pairs: Vec<(String, String)> = Vec::new();
    for (mine, reference) in differences(mine, &outcomes.reference) {
        let pair = parts(mine, reference);
        if !pairs.contains(&pair) {
            pairs.push(pair);
        }
    }
    // What a process that died did not do any more goes without saying.
    pairs.retain(|(mine, reference)| mine != "`nothing`" && reference != "`nothing`");
    let (mine, reference): (Vec<String>, Vec<String>) = pairs.into_iter().unzip();
    (mine.join("; "), reference.join("; "))
}

/// The words of two answers that are not the same, as people read them.
fn parts(mine: &str, reference: &str) -> (String, String) {
    let (mine_words, reference_words): (Vec<_>, Vec<_>) = (mine.split(' ').collect(), reference.split(' ').collect());
    if mine_words.len() != reference_words.len() {
        return (readable(mine), readable(reference));
    }
    let shown = |words: Vec<&str>| readable(&words.join(" "));
    let (mine, reference) =
        mine_words.into_iter().zip(reference_words).filter(|(mine, reference)| mine != reference).unzip();
    (shown(mine), shown(reference))
}

/// An answer with the errno's name instead of its number, and texts as characters.
fn readable(answer: &str) -> String {
    let words =
        answer.split(' ').filter(|word| !word.ends_with("=untouched")).map(|word| match word.strip_prefix("ret=") {
            Some(number) => errno(number).unwrap_or(number.to_owned()),
            None => word
                .split_inclusive([':', ',', '[', '='])
                .map(|part| characters(part).unwrap_or(part.to_owned()))
                .collect(),
        });
    format!("`{}`", words.collect::<Vec<_>>().join(" ").replace("x@pidx", "@pid"))
}

fn errno(number: &str) -> Option<String> {
    let number = number.strip_prefix('-')?.parse::<i32>().ok()?;
    let (_, name) = ERRNOS.iter().find(|(errno, _)| *errno == number)?;
    Some(format!("-{name}"))
}

/// Hexadecimal digits behind an x, if they stand for characters that can be printed.
fn characters(part: &str) -> Option<String> {
    let end = part.len() - part.chars().last().filter(|last| ":,[=".contains(*last)).map_or(0, char::len_utf8);
    let digits = part.get(..end)?.strip_prefix('x')?;
    let bytes: Option<Vec<u8>> =
        (0..digits.len()).step_by(2).map(|at| u8::from_str_radix(digits.get(at..at + 2)?, 16).ok()).collect();
    let text = String::from_utf8(bytes.filter(|bytes| bytes.iter().all(u8::is_ascii_graphic))?).ok()?;
    Some(format!("\"{text}\"{}", &part[end..]))
}

macro_rules! errnos {
    ($($name:ident)*) => { &[$((libc::$name, stringify!($name))),*] };
}
const ERRNOS: &[(i32, &str)] = errnos! {
    E2BIG EACCES EADDRINUSE EAFNOSUPPORT EBADF ECONNREFUSED EFAULT EINTR EINVAL EIO EMFILE EMSGSIZE ENAMETOOLONG ENOBUFS
    ENODEV ENOENT ENOMEM ENOTDIR ENOTSOCK EOPNOTSUPP EPERM EPFNOSUPPORT EPROTO EPROTOTYPE ERANGE ESOCKTNOSUPPORT
    ETIMEDOUT ETOOMANYREFS
};
