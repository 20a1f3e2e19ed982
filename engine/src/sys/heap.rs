//! The C heap, for memory that the caller frees.

use crate::result::{Result, Stop};
use core::ffi::{CStr, c_char};

/// A NULL-terminated array of strings. Each string and the array are to be freed with `free(3)`.
pub struct StringArray {
    strings: *mut *mut c_char,
    len: usize,
    capacity: usize,
}

impl StringArray {
    /// An empty array with room for `capacity` strings; `ENOMEM`.
    pub(crate) fn with_capacity(capacity: usize) -> Result<StringArray> {
        let slots = capacity.checked_add(1);
        let size = slots.and_then(|slots| slots.checked_mul(size_of::<*mut c_char>())).ok_or(Stop::ENOMEM)?;
        // SAFETY: malloc() takes any number.
        let strings: *mut *mut c_char = unsafe { libc::malloc(size) }.cast();
        if strings.is_null() {
            return Err(Stop::ENOMEM);
        }
        // SAFETY: there is at least one slot.
        unsafe { strings.write(core::ptr::null_mut()) };
        Ok(StringArray { strings, len: 0, capacity })
    }

    /// Appends a string of at most `size` bytes; `ENOMEM` if memory or the capacity is exhausted.
    pub(crate) fn push(&mut self, size: usize, bytes: impl Iterator<Item = u8>) -> Result<()> {
        if self.len >= self.capacity {
            return Err(Stop::ENOMEM);
        }
        // SAFETY: malloc() takes any number.
        let string: *mut u8 = unsafe { libc::malloc(size.wrapping_add(1)) }.cast();
        if string.is_null() {
            return Err(Stop::ENOMEM);
        }
        let mut end = string;
        for byte in bytes.take(size) {
            // SAFETY: take() keeps this within the size asked for.
            unsafe { end.write(byte) };
            // SAFETY: there is one byte more than the size.
            end = unsafe { end.add(1) };
        }
        // SAFETY: as above.
        unsafe { end.write(0) };
        // SAFETY: len is below capacity, and there is one slot more than that.
        unsafe {
            self.strings.add(self.len).write(string.cast());
            self.len += 1;
            self.strings.add(self.len).write(core::ptr::null_mut());
        }
        Ok(())
    }

    /// The number of strings.
    #[allow(clippy::len_without_is_empty)]
    pub fn len(&self) -> usize {
        self.len
    }

    /// The strings.
    pub fn iter(&self) -> impl Iterator<Item = &CStr> {
        // SAFETY: the first len slots hold NUL-terminated strings, which live as long as the array.
        (0..self.len).map(|index| unsafe { CStr::from_ptr(self.strings.add(index).read()) })
    }

    /// Passes ownership of the array to the caller.
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
        // SAFETY: from malloc(), and nobody else has seen it.
        unsafe { libc::free(self.strings.cast()) };
    }
}

#[cfg(test)]
mod tests;
