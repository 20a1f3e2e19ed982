//! Bytes in memory: a search, which the C library does faster, and a buffer that need not be cleared.

use core::mem::MaybeUninit;

/// The position of the first such byte.
pub fn find(bytes: &[u8], byte: u8) -> Option<usize> {
    let start = bytes.as_ptr();
    // SAFETY: memchr() looks at the slice only.
    let found: *const u8 = unsafe { libc::memchr(start.cast(), byte.into(), bytes.len()) }.cast();
    (!found.is_null()).then(|| found.addr() - start.addr())
}

/// The bytes before the first such byte, and those after it.
pub fn split(bytes: &[u8], byte: u8) -> Option<(&[u8], &[u8])> {
    let at = find(bytes, byte)?;
    // SAFETY: the byte is in the slice.
    Some(unsafe { (bytes.get_unchecked(..at), bytes.get_unchecked(at + 1..)) })
}

/// A buffer of `SIZE` bytes, filled from its beginning.
pub struct Buffer<const SIZE: usize> {
    storage: MaybeUninit<[u8; SIZE]>,
    /// The number of bytes filled; more than `SIZE` once something did not fit.
    len: usize,
}

impl<const SIZE: usize> Buffer<SIZE> {
    pub fn new() -> Buffer<SIZE> {
        Buffer { storage: MaybeUninit::uninit(), len: 0 }
    }

    /// Empties it.
    pub fn clear(&mut self) {
        self.len = 0;
    }

    /// Appends bytes. Once some do not fit, nothing else does.
    #[inline]
    pub fn push(&mut self, bytes: &[u8]) {
        if bytes.len() > SIZE.saturating_sub(self.len) {
            self.len = usize::MAX;
            return;
        }
        // SAFETY: len is at most SIZE, and there is room for the bytes behind it. The buffer is borrowed mutably, so
        // that they are not in it.
        unsafe {
            let end = self.storage.as_mut_ptr().cast::<u8>().add(self.len);
            end.copy_from_nonoverlapping(bytes.as_ptr(), bytes.len());
        }
        self.len += bytes.len();
    }

    /// Like [`Buffer::push`], optimised for code size rather than speed.
    #[inline(never)]
    pub fn append(&mut self, bytes: &[u8]) {
        self.push(bytes);
    }

    /// Everything that was appended, if it fitted.
    pub fn bytes(&self) -> Option<&[u8]> {
        // SAFETY: the first len bytes are filled, if there are not more than SIZE.
        (self.len <= SIZE).then(|| unsafe { core::slice::from_raw_parts(self.storage.as_ptr().cast(), self.len) })
    }
}

#[cfg(test)]
mod tests;
