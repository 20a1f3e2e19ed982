//! The arguments that a printf(3) format takes.
//!
//! glibc has `parse_printf_format()` for this; other C libraries do not.
#![cfg_attr(not(test), forbid(unsafe_code))]

use core::ffi::c_int;

/// The type of an argument.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Argument {
    /// `int`, types promoted to it, and `wint_t`, which is passed alike.
    Int,
    /// `long`
    Long,
    /// `long long`
    LongLong,
    /// Any pointer.
    Pointer,
    /// `double`
    Double,
    /// `long double`
    LongDouble,
}

impl Argument {
    /// The number that `<printf.h>` uses for it.
    pub fn to_c(self) -> c_int {
        const LONG_LONG: c_int = 1 << 8;
        const LONG: c_int = 1 << 9;
        match self {
            Argument::Int => 0,
            Argument::Long => LONG,
            Argument::LongLong => LONG_LONG,
            Argument::Pointer => 5,
            Argument::Double => 7,
            Argument::LongDouble => 7 | LONG_LONG,
        }
    }
}

/// Reports the index and type of each argument that the format takes, in the order of its conversions. Returns the
/// number of arguments, including those that numbered conversions skip.
pub fn arguments(format: &[u8], mut tell: impl FnMut(usize, Argument)) -> usize {
    let mut format = Format { rest: format, next: 0, count: 0 };
    while format.skip_to_conversion() {
        format.conversion(&mut tell);
    }
    format.count
}

struct Format<'a> {
    rest: &'a [u8],
    /// The next unnumbered argument.
    next: usize,
    /// One more than the last argument.
    count: usize,
}

impl Format<'_> {
    /// Advances past the next `%`, if any.
    fn skip_to_conversion(&mut self) -> bool {
        while let Some(byte) = self.byte() {
            if byte == b'%' {
                return true;
            }
        }
        false
    }

    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(*first)
    }

    fn skip(&mut self, byte: u8) -> bool {
        let found = self.rest.first() == Some(&byte);
        if found {
            self.byte();
        }
        found
    }

    /// `[N$][flags][width][.precision][length]conversion`
    fn conversion(&mut self, tell: &mut impl FnMut(usize, Argument)) {
        let number = self.argument_number();
        while self.rest.first().is_some_and(|byte| b" +-#0'I".contains(byte)) {
            self.byte();
        }
        self.width(tell);
        if self.skip(b'.') {
            self.width(tell);
        }
        let length = self.length();
        if let Some(kind) = self.byte().and_then(|letter| length.argument(letter)) {
            self.take(number, kind, tell);
        }
    }

    /// Digits, `*` or `*N$`.
    fn width(&mut self, tell: &mut impl FnMut(usize, Argument)) {
        if self.skip(b'*') {
            let number = self.argument_number();
            self.take(number, Argument::Int, tell);
        } else {
            self.digits();
        }
    }

    fn take(&mut self, number: Option<usize>, kind: Argument, tell: &mut impl FnMut(usize, Argument)) {
        let index = number.unwrap_or_else(|| {
            self.next = self.next.saturating_add(1);
            self.next - 1
        });
        self.count = self.count.max(index.saturating_add(1));
        tell(index, kind);
    }

    /// The index of `N$`; skips nothing if that does not come next.
    fn argument_number(&mut self) -> Option<usize> {
        let before = self.rest;
        let number = self.digits();
        if number > 0 && self.skip(b'$') {
            return Some(number - 1);
        }
        self.rest = before;
        None
    }

    fn digits(&mut self) -> usize {
        let mut number = 0_usize;
        while let Some(digit) = self.rest.first().map(|byte| byte.wrapping_sub(b'0')).filter(|digit| *digit < 10) {
            number = number.saturating_mul(10).saturating_add(digit.into());
            self.byte();
        }
        number
    }

    fn length(&mut self) -> Length {
        let Some(first) = self.rest.first().copied() else {
            return Length::Plain;
        };
        let length = match first {
            b'h' => Length::Plain,
            b'l' => Length::Long,
            b'L' | b'q' => Length::LongLong,
            b'j' if size_of::<libc::intmax_t>() > size_of::<libc::c_long>() => Length::LongLong,
            b'j' | b'z' | b'Z' | b't' => Length::of_size(size_of::<usize>()),
            _ => return Length::Plain,
        };
        self.byte();
        match first {
            b'l' if self.skip(b'l') => Length::LongLong,
            b'h' => {
                self.skip(b'h');
                Length::Plain
            }
            b'j' if matches!(length, Length::Plain) => Length::Long,
            _ => length,
        }
    }
}

#[derive(Clone, Copy)]
enum Length {
    Plain,
    Long,
    LongLong,
}

impl Length {
    fn of_size(bytes: usize) -> Length {
        if bytes > size_of::<c_int>() { Length::Long } else { Length::Plain }
    }

    /// The type that a conversion of this length takes; `%%`, `%m` and unknown conversions take none.
    fn argument(self, letter: u8) -> Option<Argument> {
        Some(match (letter, self) {
            (b'd' | b'i' | b'o' | b'u' | b'x' | b'X' | b'b' | b'B', Length::Plain) => Argument::Int,
            (b'd' | b'i' | b'o' | b'u' | b'x' | b'X' | b'b' | b'B', Length::Long) => Argument::Long,
            (b'd' | b'i' | b'o' | b'u' | b'x' | b'X' | b'b' | b'B', Length::LongLong) => Argument::LongLong,
            (b'e' | b'E' | b'f' | b'F' | b'g' | b'G' | b'a' | b'A', Length::LongLong) => Argument::LongDouble,
            (b'e' | b'E' | b'f' | b'F' | b'g' | b'G' | b'a' | b'A', _) => Argument::Double,
            (b'c' | b'C', _) => Argument::Int,
            (b's' | b'S' | b'p' | b'n', _) => Argument::Pointer,
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests;
