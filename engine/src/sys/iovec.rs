//! Bytes in pieces: `struct iovec`, which C callers and the kernel share.

use core::marker::PhantomData;
use core::mem::MaybeUninit;

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

/// Room for so many things, of which nothing is written yet.
pub type Room<T, const SIZE: usize> = [MaybeUninit<T>; SIZE];

pub const fn room<T, const SIZE: usize>() -> Room<T, SIZE> {
    [const { MaybeUninit::uninit() }; SIZE]
}

/// Collects bytes: short ones are copied, one behind the other, and such a run of copies is one piece.
pub struct Gather<'s, 'a> {
    bytes: &'s mut [MaybeUninit<u8>],
    pieces: &'s mut [MaybeUninit<Bytes<'a>>],
    /// How many of the bytes are kept for what has to be copied.
    reserved: usize,
    copied: usize,
    /// How many of the copied bytes are in pieces already.
    settled: usize,
    /// How many pieces there are; more than there is room for once something did not fit.
    count: usize,
}

impl<'s, 'a> Gather<'s, 'a> {
    /// Of the room for bytes, `reserved` is kept for [`Gather::put_copy`] and [`Gather::put_newline`].
    pub fn new(
        bytes: &'s mut [MaybeUninit<u8>],
        pieces: &'s mut [MaybeUninit<Bytes<'a>>],
        reserved: usize,
    ) -> Gather<'s, 'a> {
        Gather { bytes, pieces, reserved, copied: 0, settled: 0, count: 0 }
    }

    /// Appends bytes that stay where they are.
    #[inline(never)]
    pub fn put(&mut self, bytes: &'a [u8]) {
        if !self.copy(bytes, self.reserved) {
            self.refer(bytes);
        }
    }

    /// Appends bytes that will be gone.
    #[inline(never)]
    pub fn put_copy(&mut self, bytes: &[u8]) {
        if !self.copy(bytes, 0) {
            self.count = usize::MAX;
        }
    }

    /// Appends a newline.
    #[inline]
    pub fn put_newline(&mut self) {
        if let Some(next) = self.bytes.get_mut(self.copied) {
            next.write(b'\n');
            self.copied += 1;
        } else {
            self.count = usize::MAX;
        }
    }

    /// Copies the bytes if so much room is left behind them.
    #[inline]
    fn copy(&mut self, bytes: &[u8], left: usize) -> bool {
        let room = self.bytes.get_mut(self.copied..).filter(|room| bytes.len() + left <= room.len());
        if let Some(room) = room {
            // SAFETY: there is room for the bytes, which is borrowed mutably, so that they are not in it.
            unsafe { room.as_mut_ptr().cast::<u8>().copy_from_nonoverlapping(bytes.as_ptr(), bytes.len()) };
            self.copied += bytes.len();
            return true;
        }
        false
    }

    /// Makes the bytes a piece, where they are.
    #[cold]
    #[inline(never)]
    fn refer(&mut self, bytes: &'a [u8]) {
        self.settle();
        self.append(bytes.as_ptr(), bytes.len());
    }

    /// Makes a piece of what was copied since the last one.
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

    /// The pieces, if there was room for all.
    pub fn pieces(&mut self) -> Option<&[Bytes<'_>]> {
        self.settle();
        // SAFETY: the first count pieces are filled, and there are no more than that. Their bytes are the caller's, for
        // 'a, or in the storage, which is borrowed as long as the result.
        (self.count <= self.pieces.len())
            .then(|| unsafe { core::slice::from_raw_parts(self.pieces.as_ptr().cast(), self.count) })
    }
}
