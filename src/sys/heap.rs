//! The C heap, for what the caller is to free.

use crate::status::{Errno, Result};
use core::ffi::c_char;

/// A NULL-terminated array of strings; each of them, and the array, are for `free(3)`.
pub struct StringArray {
    strings: *mut *mut c_char,
    len: usize,
    capacity: usize,
}

impl StringArray {
    pub fn with_capacity(capacity: usize) -> Result<StringArray> {
        let slots = capacity.checked_add(1).ok_or(Errno::ENOMEM)?;
        // SAFETY: calloc() takes any two numbers.
        let strings: *mut *mut c_char = unsafe { libc::calloc(slots, size_of::<*mut c_char>()) }.cast();
        if strings.is_null() { Err(Errno::ENOMEM) } else { Ok(StringArray { strings, len: 0, capacity }) }
    }

    /// Appends a string; `ENOMEM` when there is no memory, or no place left.
    pub fn push(&mut self, bytes: impl Iterator<Item = u8> + Clone) -> Result<()> {
        if self.len >= self.capacity {
            return Err(Errno::ENOMEM);
        }
        let size = bytes.clone().count().checked_add(1).ok_or(Errno::ENOMEM)?;
        // SAFETY: malloc() takes any number.
        let string: *mut c_char = unsafe { libc::malloc(size) }.cast();
        if string.is_null() {
            return Err(Errno::ENOMEM);
        }
        for (offset, byte) in bytes.chain([0]).take(size).enumerate() {
            // SAFETY: take() keeps the offset below the size allocated.
            unsafe { string.add(offset).write(byte as c_char) };
        }
        // SAFETY: len is below capacity, and there is one slot more than that.
        unsafe { self.strings.add(self.len).write(string) };
        self.len += 1;
        Ok(())
    }

    /// Hands the array to the caller.
    pub fn into_raw(self) -> *mut *mut c_char {
        core::mem::ManuallyDrop::new(self).strings
    }
}

impl Drop for StringArray {
    fn drop(&mut self) {
        for index in 0..self.len {
            // SAFETY: the first len slots hold strings from malloc(), which nobody else has seen.
            unsafe { libc::free(self.strings.add(index).read().cast()) };
        }
        // SAFETY: from calloc(), and nobody else has seen it.
        unsafe { libc::free(self.strings.cast()) };
    }
}
