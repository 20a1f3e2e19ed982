//! `sd_journal_sendv()` and the stream functions; what the functions of variadic/journal.c come back to; and the
//! prototypes of those, which only cbindgen reads.

use super::string;
use crate::result::{done_to_c, number_to_c};
use core::ffi::{c_char, c_int};
use libsdnotify_engine::journal::stream::{self, Stream};
use libsdnotify_engine::journal::{self, Entry, Location, Place};
use libsdnotify_engine::result::Stop;
use libsdnotify_engine::{Bytes, Fd, KeptErrno};

/// Writes an entry to the journal: the text, as formatted by printf(3), is the field MESSAGE.
///
/// priority: LOG_EMERG to LOG_DEBUG, for the field PRIORITY. format: not NULL. Blanks at the end of the text are cut; if
/// nothing is left of it, nothing is written.
///
/// Returns 0, also where there is no journal, or a negative errno: -EINVAL (another priority, no format), -ENOBUFS (a
/// text of a mebibyte or more), -ENOMEM, or what socket(2), sendmsg(2) and memfd_create(2) report. errno stays as it is.
/// A full journal makes the call wait; a signal then ends it with -EINTR.
/// Texts of up to 4096 bytes take no heap memory. Thread-safe; not async-signal-safe, as printf() is not.
///
/// cbindgen:postfix=LIBSDNOTIFY_PRINTF(2, 3)
#[cfg(cbindgen)]
#[no_mangle]
pub unsafe extern "C" fn sd_journal_print(priority: c_int, format: *const c_char, _: ...) -> c_int {}

/// As sd_journal_print(), with the arguments in a list.
///
/// cbindgen:postfix=LIBSDNOTIFY_PRINTF(2, 0)
#[cfg(cbindgen)]
#[no_mangle]
pub unsafe extern "C" fn sd_journal_printv(priority: c_int, format: *const c_char, ap: va_list) -> c_int {}

/// Writes an entry of any fields: "MESSAGE=%s", each a format followed by its arguments; NULL ends the list.
///
/// Blanks at the end of each field are cut. journald drops fields whose names are not of A-Z, 0-9 and _, begin with _ or a
/// digit, or have more than 64 characters. SYSLOG_IDENTIFIER is added if it is not there.
///
/// Returns as sd_journal_sendv(); -EINVAL also for an empty list, and -ENOMEM if a text cannot be formatted or stored.
/// Up to 32 fields, and texts of 4096 bytes together, take no heap memory. Thread-safe; not async-signal-safe.
///
/// cbindgen:postfix=LIBSDNOTIFY_PRINTF(1, 0) LIBSDNOTIFY_SENTINEL
#[cfg(cbindgen)]
#[no_mangle]
pub unsafe extern "C" fn sd_journal_send(format: *const c_char, _: ...) -> c_int {}

/// Writes an entry of fields that are formatted already: "NAME=value", with any bytes in the value.
///
/// iov: n fields. SYSLOG_IDENTIFIER, with the program's name, is added if it is not there.
///
/// Returns 0, also where there is no journal, or a negative errno: -EINVAL (no fields; a field without a name, or too
/// many: 510 are not), or what socket(2), sendmsg(2), memfd_create(2) and writev(2) report; -EIO (an entry that is too
/// long for a datagram was written in part). errno stays as it is. A full journal makes the call wait; a signal then ends
/// it with -EINTR.
///
/// Thread-safe, async-signal-safe; no heap memory is used. The first call opens a socket, which stays open.
/// The caller guarantees: iov is NULL or has n structures, each of which has the bytes it says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sd_journal_sendv(iov: *const libc::iovec, n: c_int) -> c_int {
    // SAFETY: the caller's promise about iov.
    unsafe { sendv(iov, n, None) }
}

/// Writes an entry with the caller's errno: PRIORITY is LOG_ERR, MESSAGE the message, a colon and what strerror(3) says,
/// ERRNO the number.
///
/// message: NULL or "" for what strerror(3) says alone.
///
/// Returns as sd_journal_print(). Thread-safe; not async-signal-safe.
#[cfg(cbindgen)]
#[no_mangle]
pub unsafe extern "C" fn sd_journal_perror(message: *const c_char) -> c_int {}

/// As sd_journal_print(), with the place in the source. The macro of the name without _with_location calls this.
///
/// file, line: whole fields, "CODE_FILE=..." and "CODE_LINE=...". func: the value of CODE_FUNC alone.
///
/// cbindgen:postfix=LIBSDNOTIFY_PRINTF(5, 6)
#[cfg(cbindgen)]
#[no_mangle]
pub unsafe extern "C" fn sd_journal_print_with_location(
    priority: c_int,
    file: *const c_char,
    line: *const c_char,
    func: *const c_char,
    format: *const c_char,
    _: ...
) -> c_int {
}

/// As sd_journal_printv(), with the place in the source: see sd_journal_print_with_location().
///
/// cbindgen:postfix=LIBSDNOTIFY_PRINTF(5, 0)
#[cfg(cbindgen)]
#[no_mangle]
pub unsafe extern "C" fn sd_journal_printv_with_location(
    priority: c_int,
    file: *const c_char,
    line: *const c_char,
    func: *const c_char,
    format: *const c_char,
    ap: va_list,
) -> c_int {
}

/// As sd_journal_send(), with the place in the source: see sd_journal_print_with_location().
///
/// cbindgen:postfix=LIBSDNOTIFY_PRINTF(4, 0) LIBSDNOTIFY_SENTINEL
#[cfg(cbindgen)]
#[no_mangle]
pub unsafe extern "C" fn sd_journal_send_with_location(
    file: *const c_char,
    line: *const c_char,
    func: *const c_char,
    format: *const c_char,
    _: ...
) -> c_int {
}

/// As sd_journal_sendv(), with the place in the source: see sd_journal_print_with_location().
/// The caller guarantees: as for sd_journal_sendv(), and the strings are NULL or NUL-terminated.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sd_journal_sendv_with_location(
    file: *const c_char,
    line: *const c_char,
    func: *const c_char,
    iov: *const libc::iovec,
    n: c_int,
) -> c_int {
    let location = RawLocation { file, line, func };
    // SAFETY: the caller's promises.
    unsafe { sendv(iov, n, Some(&location)) }
}

/// As sd_journal_perror(), with the place in the source: see sd_journal_print_with_location().
#[cfg(cbindgen)]
#[no_mangle]
pub unsafe extern "C" fn sd_journal_perror_with_location(
    file: *const c_char,
    line: *const c_char,
    func: *const c_char,
    message: *const c_char,
) -> c_int {
}

/// Opens a stream to the journal, for dup2(2) onto standard output and error: each line becomes an entry.
///
/// identifier: for SYSLOG_IDENTIFIER; NULL: none. priority: LOG_EMERG to LOG_DEBUG. level_prefix: not 0 if lines may
/// begin with "<3>" and the like.
///
/// Returns a close-on-exec descriptor, which is the caller's, or a negative errno: -EINVAL (another priority), -ENOENT
/// or -ECONNREFUSED (no journal), or another of socket(2), connect(2) and sendto(2). Thread-safe, async-signal-safe.
/// The caller guarantees: identifier is NULL or NUL-terminated.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sd_journal_stream_fd(
    identifier: *const c_char,
    priority: c_int,
    level_prefix: c_int,
) -> c_int {
    // SAFETY: the caller's promise about identifier.
    unsafe { stream_fd(core::ptr::null(), identifier, priority, level_prefix) }
}

/// As sd_journal_stream_fd(), to the journal of a namespace.
///
/// name_space: NULL: none. Where $LOG_NAMESPACE is set, this process is in that namespace and reaches no other.
///
/// Returns as sd_journal_stream_fd(); -EINVAL also for what cannot be a namespace's name, and -EREMOTE for another one
/// than $LOG_NAMESPACE.
/// The caller guarantees: name_space and identifier are NULL or NUL-terminated.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sd_journal_stream_fd_with_namespace(
    name_space: *const c_char,
    identifier: *const c_char,
    priority: c_int,
    level_prefix: c_int,
) -> c_int {
    // SAFETY: the caller's promises.
    unsafe { stream_fd(name_space, identifier, priority, level_prefix) }
}

/// # Safety
/// As for sd_journal_stream_fd_with_namespace().
unsafe fn stream_fd(
    name_space: *const c_char,
    identifier: *const c_char,
    priority: c_int,
    level_prefix: c_int,
) -> c_int {
    // SAFETY: as the caller promises.
    let (namespace, identifier) = unsafe { (string(name_space), bytes(identifier)) };
    let stream = Stream { identifier, priority, level_prefix: level_prefix != 0 };
    number_to_c(stream::open(&stream, namespace.map(|namespace| namespace.to_bytes())).map(Fd::number))
}

/// The bytes of a C string; none if it is NULL.
///
/// # Safety
/// `text` is NULL or NUL-terminated, and stays as it is for `'a`.
#[inline(never)]
unsafe fn bytes<'a>(text: *const c_char) -> &'a [u8] {
    // SAFETY: as the caller promises.
    unsafe { string(text) }.map_or(&[], |text| text.to_bytes())
}

/// A location as C gives it.
#[repr(C)]
pub struct RawLocation {
    file: *const c_char,
    line: *const c_char,
    func: *const c_char,
}

impl RawLocation {
    /// What is NULL is empty: as a function's name that is good, as a field it is not.
    ///
    /// # Safety
    /// All are NULL or NUL-terminated, and stay as they are for `'a`.
    unsafe fn location<'a>(&self) -> Location<'a> {
        // SAFETY: as the caller promises.
        unsafe { Location { file: bytes(self.file), line: bytes(self.line), function: bytes(self.func) } }
    }
}

/// # Safety
/// As for sd_journal_sendv_with_location().
unsafe fn sendv(iov: *const libc::iovec, n: c_int, location: Option<&RawLocation>) -> c_int {
    match usize::try_from(n) {
        // SAFETY: as the caller promises.
        Ok(n) if n > 0 && !iov.is_null() => unsafe { entry(iov, n, location, 0) },
        _ => done_to_c(Err(Stop::EINVAL)),
    }
}

/// Sends an entry: `fields`, and `location` if it is not NULL: before them if `first` is not 0, else behind them.
///
/// # Safety
/// `fields` is NULL or has `n` structures, each of which has the bytes it says; `location`'s strings are NULL or
/// NUL-terminated.
pub unsafe extern "C" fn entry(
    fields: *const libc::iovec,
    n: usize,
    location: Option<&RawLocation>,
    first: c_int,
) -> c_int {
    let _errno = KeptErrno::now();
    let place = if first != 0 { Place::First } else { Place::Last };
    // SAFETY: as the caller promises.
    let location = location.map(|location| (place, unsafe { location.location() }));
    // SAFETY: as the caller promises.
    let fields = unsafe { Bytes::from_c(fields, n) };
    done_to_c(journal::send(&Entry { fields, location }))
}

/// `parse_printf_format()`, for C libraries that lack it: stores the types of the first `n` arguments of a format, and
/// returns how many it takes.
///
/// # Safety
/// `format` is NUL-terminated; there is room for `n` types.
#[cfg(not(target_env = "gnu"))]
pub unsafe extern "C" fn argument_types(format: *const c_char, n: usize, types: *mut c_int) -> usize {
    // SAFETY: as the caller promises.
    let format = unsafe { core::ffi::CStr::from_ptr(format) }.to_bytes();
    libsdnotify_engine::journal::format::arguments(format, |index, kind| {
        if index < n {
            // SAFETY: as the caller promises.
            unsafe { types.add(index).write(kind.to_c()) };
        }
    })
}
