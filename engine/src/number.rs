//! The integer syntax that systemd accepts in environment variables and addresses.
//!
//! It is that of C99's `strtol(3)` with base 0 (`0x`, a leading `0` for octal), plus `0b` and `0o`, with stricter rules
//! on what may surround the digits. systemd's `safe_atoi()` family is the reference.
#![forbid(unsafe_code)]

use crate::result::{Result, Stop, ensure};
use core::ffi::c_long;

/// A number as read: its magnitude and sign.
struct Number {
    magnitude: u64,
    negative: bool,
    /// Whether a minus is where systemd looks for one: not after a vertical tab or form feed, which `strtol()` also
    /// skips.
    plainly_negative: bool,
}

/// An unsigned 64-bit number. A negative one is out of range; `-0` is 0.
pub fn unsigned64(text: &[u8]) -> Result<u64> {
    let n = read(text, |_| u64::MAX)?;
    ensure(n.magnitude == 0 || !n.plainly_negative, Stop::ERANGE)?;
    Ok(if n.negative { n.magnitude.wrapping_neg() } else { n.magnitude })
}

/// An unsigned 32-bit number.
pub fn unsigned32(text: &[u8]) -> Result<u32> {
    u32::try_from(unsigned64(text)?).map_err(|_| Stop::ERANGE)
}

/// A signed 32-bit number.
pub fn signed32(text: &[u8]) -> Result<i32> {
    // strtol() has the limits of a long.
    let n = read(text, |negative| (c_long::MAX as u64).wrapping_add(negative.into()))?;
    let value = i64::try_from(n.magnitude).map_err(|_| Stop::ERANGE)?;
    i32::try_from(if n.negative { value.wrapping_neg() } else { value }).map_err(|_| Stop::ERANGE)
}

/// A process ID: 1 to the largest `pid_t`.
pub fn pid(text: &[u8]) -> Result<i32> {
    i32::try_from(unsigned64(text)?).ok().filter(|pid| *pid > 0).ok_or(Stop::ERANGE)
}

/// The rest of a text.
struct Text<'a>(&'a [u8]);

impl Text<'_> {
    /// The byte at an offset; 0, which no text contains, beyond the end.
    fn byte(&self, index: usize) -> u8 {
        self.0.get(index).copied().unwrap_or(0)
    }

    fn advance(&mut self, bytes: usize) {
        self.0 = self.0.get(bytes..).unwrap_or(&[]);
    }

    fn skip_space(&mut self, vertical: bool) {
        while matches!(self.byte(0), b' ' | b'\t' | b'\n' | b'\r') || vertical && matches!(self.byte(0), 0x0b | 0x0c) {
            self.advance(1);
        }
    }

    /// The letter of a prefix such as `0x`, in lower case; 0 if there is none.
    fn prefix(&self) -> u8 {
        if self.byte(0) == b'0' { self.byte(1) | 0x20 } else { 0 }
    }

    fn digit(&self, index: usize, base: u64) -> Option<u64> {
        let digit = char::from(self.byte(index)).to_digit(16)?.into();
        (digit < base).then_some(digit)
    }
}

/// The whole text as one number, up to the limit of strtol() or strtoull(). A value out of range is reported before any
/// error after the digits.
#[inline(never)]
fn read(text: &[u8], largest: fn(bool) -> u64) -> Result<Number> {
    let mut text = Text(text);
    text.skip_space(false);

    // systemd's own prefixes come before the sign.
    let mut base = match text.prefix() {
        b'b' => 2,
        b'o' => 8,
        _ => 0,
    };
    if base != 0 {
        text.advance(2);
    }
    let plainly_negative = text.byte(0) == b'-';
    text.skip_space(true);
    let negative = text.byte(0) == b'-';
    if negative || text.byte(0) == b'+' {
        text.advance(1);
    }
    // strtol()'s prefix comes after it, and needs a digit.
    if base == 0 && text.prefix() == b'x' && text.digit(2, 16).is_some() {
        base = 16;
        text.advance(2);
    }
    if base == 0 {
        base = if text.byte(0) == b'0' { 8 } else { 10 };
    }

    ensure(!text.0.is_empty(), Stop::EINVAL)?;
    let mut magnitude = Some(0_u64);
    while let Some(digit) = text.digit(0, base) {
        magnitude = magnitude.and_then(|m| m.checked_mul(base)?.checked_add(digit));
        text.advance(1);
    }
    let magnitude = magnitude.filter(|m| *m <= largest(negative)).ok_or(Stop::ERANGE)?;
    ensure(text.0.is_empty(), Stop::EINVAL)?;
    Ok(Number { magnitude, negative, plainly_negative })
}

#[cfg(test)]
mod tests;
