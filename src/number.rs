//! The integer syntax that systemd accepts in environment variables and addresses.
//!
//! It is `strtol(3)` with base 0 as C99 has it (`0x`, a leading `0` for octal), with `0b` and `0o` and with stricter
//! rules about what may stand around the digits; systemd's `safe_atoi()` family is the reference.
#![forbid(unsafe_code)]

use crate::status::{Errno, Result};
use core::ffi::c_long;

/// A number as read: its magnitude, whether a minus stood before it, and whether anything stood behind it.
///
/// Out of range is reported before anything wrong behind the digits is, and so the latter is left to who knows the range.
struct Magnitude {
    value: u64,
    negative: bool,
    trailing: bool,
}

/// An unsigned 64-bit number. A negative one is out of range; `-0` is 0.
pub fn unsigned64(text: &[u8]) -> Result<u64> {
    let text = skip(text, is_leading_space);
    // The sign is only looked for here, where systemd looks for it; a minus behind a vertical tab or form feed,
    // which strtoull() skips as well, is taken modulo 2^64.
    let refused_sign = without_prefix(text).1.first() == Some(&b'-');
    let n = read(text)?;
    match (n.negative, n.value) {
        _ if n.trailing => Err(Errno::EINVAL),
        (false, v) => Ok(v),
        (true, 0) => Ok(0),
        (true, _) if refused_sign => Err(Errno::ERANGE),
        (true, v) => Ok(v.wrapping_neg()),
    }
}

/// An unsigned 32-bit number.
pub fn unsigned32(text: &[u8]) -> Result<u32> {
    u32::try_from(unsigned64(text)?).map_err(|_| Errno::ERANGE)
}

/// A signed 32-bit number.
pub fn signed32(text: &[u8]) -> Result<i32> {
    let n = read(skip(text, is_leading_space))?;
    let value = i128::from(n.value);
    let value = c_long::try_from(if n.negative { value.wrapping_neg() } else { value });
    match value {
        Err(_) => Err(Errno::ERANGE),
        Ok(_) if n.trailing => Err(Errno::EINVAL),
        Ok(value) => i32::try_from(value).map_err(|_| Errno::ERANGE),
    }
}

/// A process id: 1 to the largest `pid_t`.
pub fn pid(text: &[u8]) -> Result<i32> {
    match i32::try_from(unsigned64(text)?) {
        Ok(pid) if pid > 0 => Ok(pid),
        _ => Err(Errno::ERANGE),
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

/// The number at the beginning of the text.
fn read(text: &[u8]) -> Result<Magnitude> {
    let (base, text) = without_prefix(text);
    let text = skip(text, is_space);
    let (negative, text) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, text),
    };
    let (base, digits) = match (base, text) {
        (0, [b'0', b'x' | b'X', rest @ ..]) if digit(rest, 16).is_some() => (16, rest),
        (0, [b'0', ..]) => (8, text),
        (0, _) => (10, text),
        (base, _) => (base, text),
    };

    let mut value = Some(0_u64);
    let mut rest = digits;
    while let Some((d, tail)) = digit(rest, base) {
        value = value.and_then(|v| v.checked_mul(base)?.checked_add(d));
        rest = tail;
    }
    if digits.len() == rest.len() {
        return Err(Errno::EINVAL);
    }
    let value = value.ok_or(Errno::ERANGE)?;
    Ok(Magnitude { value, negative, trailing: !rest.is_empty() })
}

fn digit(text: &[u8], base: u64) -> Option<(u64, &[u8])> {
    let (first, rest) = text.split_first()?;
    let d = match first {
        b'0'..=b'9' => first - b'0',
        b'a'..=b'f' => first - b'a' + 10,
        b'A'..=b'F' => first - b'A' + 10,
        _ => return None,
    };
    let d = u64::from(d);
    (d < base).then_some((d, rest))
}
