//! Bytes in pieces: `struct iovec`, which C callers and the kernel share.

use core::marker::PhantomData;
use core::mem::MaybeUninit;

/// The most pieces that the kernel takes at once (its `UIO_MAXIOV`).
pub const MAX: usize = 1024;

/// A `struct iovec` whose bytes are only read.
#[repr(transparent)]
pub struct Bytes<'a>(libc::iovec, PhantomData<&'a [u8]>);

impl<'a> Bytes<'a> {
    /// These bytes.
    pub fn new(bytes: &'a [u8]) -> Bytes<'a> {
        let start = bytes.as_ptr().cast_mut().cast();
        Bytes(libc::iovec { iov_base: start, iov_len: bytes.len() }, PhantomData)
    }

    /// The caller's array; empty if it is NULL.
    ///
    /// # Safety
    /// `array` is NULL or has `len` structures, of which each is NULL or has as many bytes as it says; all stay as they
    /// are for `'a`.
    pub unsafe fn from_c(array: *const libc::iovec, len: usize) -> &'a [Bytes<'a>] {
        if array.is_null() {
            return &[];
        }
        // SAFETY: as the caller promises; Bytes has the layout of an iovec.
        unsafe { core::slice::from_raw_parts(array.cast(), len) }
    }

    /// The bytes; none if they are NULL.
    pub fn get(&self) -> Option<&'a [u8]> {
        let start: *const u8 = self.0.iov_base.cast();
        // SAFETY: whoever made this promises that the bytes are there.
        (!start.is_null()).then(|| unsafe { core::slice::from_raw_parts(start, self.0.iov_len) })
    }
}

/// Bytes up to this length are copied together.
const SHORT: usize = 128;
/// Kept free for what has to be copied: at most two bytes a piece, and the names of two fields.
const RESERVED: usize = 2 * MAX + 64;

/// Room for a [`Gather`].
pub struct Storage<'a> {
    bytes: MaybeUninit<[u8; 4096]>,
    pieces: MaybeUninit<[Bytes<'a>; MAX]>,
}

impl Storage<'_> {
    pub fn new() -> Self {
        Storage { bytes: MaybeUninit::uninit(), pieces: MaybeUninit::uninit() }
    }
}

/// Collects pieces, of which those that follow each other in memory become one.
pub struct Gather<'s, 'a> {
    storage: &'s mut Storage<'a>,
    copied: usize,
    count: usize,
}

impl<'s, 'a> Gather<'s, 'a> {
    pub fn new(storage: &'s mut Storage<'a>) -> Gather<'s, 'a> {
        Gather { storage, copied: 0, count: 0 }
    }

    /// Appends bytes that stay where they are.
    #[inline(never)]
    pub fn put(&mut self, bytes: &'a [u8]) {
        if bytes.len() <= SHORT && bytes.len() + self.copied + RESERVED <= size_of_val(&self.storage.bytes) {
            self.put_copy(bytes);
        } else {
            self.append(bytes.as_ptr(), bytes.len());
        }
    }

    /// Appends bytes that will be gone.
    #[inline(never)]
    pub fn put_copy(&mut self, bytes: &[u8]) {
        if bytes.len() > size_of_val(&self.storage.bytes).saturating_sub(self.copied) {
            self.count = usize::MAX;
            return;
        }
        // SAFETY: there is room for the bytes behind those that were copied before.
        let copy = unsafe {
            let copy = self.storage.bytes.as_mut_ptr().cast::<u8>().add(self.copied);
            copy.copy_from_nonoverlapping(bytes.as_ptr(), bytes.len());
            copy
        };
        self.copied += bytes.len();
        self.append(copy, bytes.len());
    }

    fn append(&mut self, start: *const u8, len: usize) {
        let pieces: *mut libc::iovec = self.storage.pieces.as_mut_ptr().cast();
        if len == 0 || self.count > MAX {
            return;
        }
        // SAFETY: the first count pieces are filled, and count is at most MAX.
        if let Some(last) = self.count.checked_sub(1).map(|last| unsafe { &mut *pieces.add(last) })
            && last.iov_base.cast_const().cast::<u8>().wrapping_add(last.iov_len) == start
        {
            last.iov_len += len;
        } else if self.count < MAX {
            // SAFETY: count is less than MAX.
            unsafe { pieces.add(self.count).write(libc::iovec { iov_base: start.cast_mut().cast(), iov_len: len }) };
            self.count += 1;
        } else {
            self.count = usize::MAX;
        }
    }

    /// The pieces, if there was room for all.
    pub fn pieces(&self) -> Option<&[Bytes<'_>]> {
        // SAFETY: the first count pieces are filled. Their bytes are the caller's, for 'a, or in the storage, which is
        // borrowed as long as the result.
        (self.count <= MAX)
            .then(|| unsafe { core::slice::from_raw_parts(self.storage.pieces.as_ptr().cast(), self.count) })
    }
}
