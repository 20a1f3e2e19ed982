//! The integer syntax that systemd accepts in environment variables and addresses.
//!
//! It is `strtol(3)` with base 0 as C23 has it (`0x`, `0b`, a leading `0` for octal), with `0o` and with stricter
//! rules about what may stand around the digits; systemd's `safe_atoi()` family is the reference.
#![forbid(unsafe_code)]

use crate::status::{Result, Stop};

/// A number as read: its magnitude and whether a minus stood before it.
struct Magnitude {
    value: u64,
    negative: bool,
}

/// An unsigned 64-bit number. A negative one is out of range; `-0` is 0.
pub fn unsigned64(text: &[u8]) -> Result<u64> {
    let text = skip(text, is_leading_space);
    // The sign is only looked for here, where systemd looks for it; a minus behind a vertical tab or form feed,
    // which strtoull() skips as well, is taken modulo 2^64.
    let refused_sign = without_prefix(text).1.first() == Some(&b'-');
    let n = read(text)?;
    match (n.negative, n.value) {
        (false, v) => Ok(v),
        (true, 0) => Ok(0),
        (true, _) if refused_sign => Err(Stop::ERANGE),
        (true, v) => Ok(v.wrapping_neg()),
    }
}

/// An unsigned 32-bit number.
pub fn unsigned32(text: &[u8]) -> Result<u32> {
    u32::try_from(unsigned64(text)?).map_err(|_| Stop::ERANGE)
}

/// A signed 32-bit number.
pub fn signed32(text: &[u8]) -> Result<i32> {
    let n = read(skip(text, is_leading_space))?;
    let value = i64::try_from(n.value).map_err(|_| Stop::ERANGE)?;
    i32::try_from(if n.negative { value.wrapping_neg() } else { value }).map_err(|_| Stop::ERANGE)
}

/// A process id: 1 to the largest `pid_t`.
pub fn pid(text: &[u8]) -> Result<i32> {
    match i32::try_from(unsigned64(text)?) {
        Ok(pid) if pid > 0 => Ok(pid),
        _ => Err(Stop::ERANGE),
    }
}

fn is_leading_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

/// What `isspace(3)` answers in the C locale.
fn is_space(byte: u8) -> bool {
    is_leading_space(byte) || matches!(byte, 0x0b | 0x0c)
}

fn skip(text: &[u8], which: fn(u8) -> bool) -> &[u8] {
    let mut rest = text;
    while let [first, tail @ ..] = rest
        && which(*first)
    {
        rest = tail;
    }
    rest
}

/// systemd's own prefixes, which stand before the sign: base (0: not told) and the rest.
fn without_prefix(text: &[u8]) -> (u64, &[u8]) {
    match text {
        [b'0', b'b' | b'B', rest @ ..] => (2, rest),
        [b'0', b'o' | b'O', rest @ ..] => (8, rest),
        _ => (0, text),
    }
}

/// The whole text as one number. Out of range is reported before anything wrong behind the digits is.
fn read(text: &[u8]) -> Result<Magnitude> {
    let (base, text) = without_prefix(text);
    let text = skip(text, is_space);
    let (negative, text) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, text),
    };
    let (base, digits) = match text {
        [b'0', b'x' | b'X', rest @ ..] if base == 0 && digit(rest, 16).is_some() => (16, rest),
        [b'0', b'b' | b'B', rest @ ..] if matches!(base, 0 | 2) && digit(rest, 2).is_some() => (2, rest),
        [b'0', ..] if base == 0 => (8, text),
        _ if base == 0 => (10, text),
        _ => (base, text),
    };

    let mut value = Some(0_u64);
    let mut rest = digits;
    while let Some((d, tail)) = digit(rest, base) {
        value = value.and_then(|v| v.checked_mul(base)?.checked_add(d));
        rest = tail;
    }
    if digits.len() == rest.len() {
        return Err(Stop::EINVAL);
    }
    let value = value.ok_or(Stop::ERANGE)?;
    if rest.is_empty() { Ok(Magnitude { value, negative }) } else { Err(Stop::EINVAL) }
}

/// The first digit and what is behind it.
#[inline(never)]
fn digit(text: &[u8], base: u64) -> Option<(u64, &[u8])> {
    let (first, rest) = text.split_first()?;
    let value = char::from(*first).to_digit(16)?.into();
    (value < base).then_some((value, rest))
}
