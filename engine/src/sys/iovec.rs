//! Bytes in pieces: `struct iovec`, as C callers and the kernel use it.

use core::marker::PhantomData;
use core::mem::MaybeUninit;

/// A read-only `struct iovec`.
#[repr(transparent)]
pub struct Bytes<'a>(libc::iovec, PhantomData<&'a [u8]>);

impl<'a> Bytes<'a> {
    /// These bytes.
    pub fn new(bytes: &'a [u8]) -> Bytes<'a> {
        let start = bytes.as_ptr().cast_mut().cast();
        Bytes(libc::iovec { iov_base: start, iov_len: bytes.len() }, PhantomData)
    }

    /// The caller's array.
    ///
    /// # Safety
    /// `array` has `len` structures, each of which is NULL or has as many bytes as it says; all stay unchanged for `'a`.
    pub unsafe fn from_c(array: *const libc::iovec, len: usize) -> &'a [Bytes<'a>] {
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

/// Uninitialised storage for a number of values.
pub type Room<T, const SIZE: usize> = [MaybeUninit<T>; SIZE];

pub const fn room<T, const SIZE: usize>() -> Room<T, SIZE> {
    [const { MaybeUninit::uninit() }; SIZE]
}

/// Collects bytes. Short pieces are copied one behind the other, and each run of copies becomes one piece.
pub struct Gather<'s, 'a> {
    bytes: &'s mut [MaybeUninit<u8>],
    pieces: &'s mut [MaybeUninit<Bytes<'a>>],
    /// Up to where bytes are copied that need not be.
    limit: usize,
    copied: usize,
    /// The number of copied bytes that are in pieces already.
    settled: usize,
    /// The number of pieces; more than fit once one did not.
    count: usize,
}

impl<'s, 'a> Gather<'s, 'a> {
    /// `reserved` bytes of the storage are kept for [`Gather::put_copy`] and newlines.
    pub fn new(
        bytes: &'s mut [MaybeUninit<u8>],
        pieces: &'s mut [MaybeUninit<Bytes<'a>>],
        reserved: usize,
    ) -> Gather<'s, 'a> {
        let limit = bytes.len().saturating_sub(reserved);
        Gather { bytes, pieces, limit, copied: 0, settled: 0, count: 0 }
    }

    /// Appends bytes that outlive this.
    #[inline(never)]
    pub fn put(&mut self, bytes: &'a [u8]) {
        if self.copied + bytes.len() > self.limit {
            self.refer(bytes);
        } else {
            // SAFETY: there is room up to the limit.
            unsafe { self.copy(bytes) }
        }
    }

    /// Appends bytes that outlive this, and a newline.
    pub fn put_line(&mut self, bytes: &'a [u8]) {
        self.put(bytes);
        if let Some(next) = self.bytes.get_mut(self.copied) {
            next.write(b'\n');
            self.copied += 1;
        } else {
            self.count = usize::MAX;
        }
    }

    /// Appends a copy of bytes that do not outlive this.
    #[inline(never)]
    pub fn put_copy(&mut self, bytes: &[u8]) {
        if self.copied + bytes.len() > self.bytes.len() {
            self.count = usize::MAX;
        } else {
            // SAFETY: there is room.
            unsafe { self.copy(bytes) }
        }
    }

    /// # Safety
    /// The storage has room for the bytes.
    #[inline]
    unsafe fn copy(&mut self, bytes: &[u8]) {
        let start = self.copied;
        self.copied += bytes.len();
        // SAFETY: as the caller promises. The storage is borrowed mutably, so that the bytes are not in it.
        unsafe {
            let next = self.bytes.as_mut_ptr().add(start).cast::<u8>();
            next.copy_from_nonoverlapping(bytes.as_ptr(), bytes.len());
        }
    }

    /// Makes the bytes a piece without copying them.
    #[cold]
    #[inline(never)]
    fn refer(&mut self, bytes: &'a [u8]) {
        self.settle();
        self.append(bytes.as_ptr(), bytes.len());
    }

    /// Makes a piece of the bytes copied since the last one.
    #[inline(never)]
    fn settle(&mut self) {
        let run = self.bytes.get(self.settled..self.copied).unwrap_or_default();
        self.settled = self.copied;
        self.append(run.as_ptr().cast(), run.len());
    }

    #[inline(never)]
    fn append(&mut self, start: *const u8, len: usize) {
        if len == 0 {
            return;
        }
        if let Some(next) = self.pieces.get_mut(self.count) {
            next.write(Bytes(libc::iovec { iov_base: start.cast_mut().cast(), iov_len: len }, PhantomData));
            self.count += 1;
        } else {
            self.count = usize::MAX;
        }
    }

    /// Everything, if all of it was copied.
    pub fn whole(&self) -> Option<&[u8]> {
        let copied = self.bytes.get(..self.copied).filter(|_| self.count == 0)?;
        // SAFETY: the first bytes, as many as were copied, are filled.
        Some(unsafe { core::slice::from_raw_parts(copied.as_ptr().cast(), copied.len()) })
    }

    /// The pieces, if all fit.
    pub fn pieces(&mut self) -> Option<&[Bytes<'_>]> {
        self.settle();
        // SAFETY: the first count pieces are filled, and there are no more than that. Their bytes are the caller's, for
        // 'a, or in the storage, which is borrowed as long as the result.
        (self.count <= self.pieces.len())
            .then(|| unsafe { core::slice::from_raw_parts(self.pieces.as_ptr().cast(), self.count) })
    }
}
