//! Answers of the probe, as people read them.

use super::outcome::{Transcript, differences};

/// What a library answers where it differs, and what the reference answers there.
pub fn answers(mine: &Transcript, reference: &Transcript) -> (String, String) {
    let mut pairs: Vec<(String, String)> = Vec::new();
    for (mine, reference) in differences(mine, reference) {
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

/// Hexadecimal digits behind an x, if most of them stand for characters that can be printed. The others are escaped, as are
/// those that mean something in a table.
fn characters(part: &str) -> Option<String> {
    let end = part.len() - part.chars().last().filter(|last| ":,[=".contains(*last)).map_or(0, char::len_utf8);
    let digits = part.get(..end)?.strip_prefix('x')?;
    let bytes: Option<Vec<u8>> =
        (0..digits.len()).step_by(2).map(|at| u8::from_str_radix(digits.get(at..at + 2)?, 16).ok()).collect();
    let is_text = |byte: &u8| byte.is_ascii_graphic() || matches!(byte, b' ' | b'\n');
    let bytes = bytes.filter(|bytes| 4 * bytes.iter().filter(|byte| is_text(byte)).count() >= 3 * bytes.len())?;
    let shown = bytes.iter().map(|byte| match byte {
        b'\n' => "\\n".to_owned(),
        byte if is_text(byte) && !matches!(byte, b'|' | b'`') => char::from(*byte).to_string(),
        byte => format!("\\x{byte:02x}"),
    });
    Some(format!("\"{}\"{}", shown.collect::<String>(), &part[end..]))
}

macro_rules! errnos {
    ($($name:ident)*) => { &[$((libc::$name, stringify!($name))),*] };
}
const ERRNOS: &[(i32, &str)] = errnos! {
    E2BIG EACCES EADDRINUSE EAFNOSUPPORT EBADF ECONNREFUSED EFAULT EINTR EINVAL EIO EISCONN EMFILE EMSGSIZE ENAMETOOLONG
    ENOBUFS ENODEV ENOENT ENOMEM ENOSYS ENOTCONN ENOTDIR ENOTSOCK EOPNOTSUPP EPERM EPFNOSUPPORT EPIPE EPROTO EPROTOTYPE
    ERANGE EREMOTE ESOCKTNOSUPPORT ETIMEDOUT ETOOMANYREFS
};
