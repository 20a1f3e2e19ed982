//! `sd_journal_sendv()` and the stream functions; what the functions of variadic/journal.c call; and the prototypes of
//! those, which only cbindgen reads.

use super::string;
use crate::result::{done_to_c, number_to_c};
use core::ffi::{c_char, c_int};
use libsdnotify_engine::journal::stream::{self, Stream};
use libsdnotify_engine::journal::{self, Entry, Location, Place};
use libsdnotify_engine::result::Stop;
use libsdnotify_engine::{Bytes, Fd, KeptErrno};

/// cbindgen:postfix=LIBSDNOTIFY_PRINTF(2, 3)
/// Writes a formatted text to the journal as the field MESSAGE. Trailing whitespace is removed; if nothing is left,
/// nothing is written. Waits while the journal's queue is full.
///
/// @param priority LOG_EMERG (0) to LOG_DEBUG (7), for the field PRIORITY.
/// @param format as for printf(3), followed by the arguments. Not NULL.
///
/// @return 0, even if there is no journal; or a negative errno:
///   - -EINVAL: priority is out of range, or format is NULL;
///   - -ENOBUFS: the text is 1 MiB or longer; -ENOMEM: it could not be formatted or stored;
///   - -EINTR: interrupted by a signal while waiting;
///   - other errors of socket(2), sendmsg(2) and memfd_create(2), such as -EMFILE.
///
/// @note Thread-safe; not async-signal-safe, like printf(3). Leaves errno unchanged. Texts of up to 4096 bytes use no
///   heap memory.
/// @pre format is NULL or NUL-terminated, and the arguments match it.
/// @see sd_journal_print(3)
#[cfg(cbindgen)]
#[no_mangle]
pub unsafe extern "C" fn sd_journal_print(priority: c_int, format: *const c_char, _: ...) -> c_int {}

/// cbindgen:postfix=LIBSDNOTIFY_PRINTF(2, 0)
/// Writes a formatted text like sd_journal_print(), with the arguments in a list.
///
/// @param priority LOG_EMERG (0) to LOG_DEBUG (7), for the field PRIORITY.
/// @param format as for vprintf(3). Not NULL.
/// @param ap its arguments.
///
/// @return like sd_journal_print().
///
/// @note Thread-safe; not async-signal-safe, like printf(3). Leaves errno unchanged. Texts of up to 4096 bytes use no
///   heap memory.
/// @pre format is NULL or NUL-terminated, and ap has the matching arguments.
/// @see sd_journal_print(3)
#[cfg(cbindgen)]
#[no_mangle]
pub unsafe extern "C" fn sd_journal_printv(priority: c_int, format: *const c_char, ap: va_list) -> c_int {}

/// cbindgen:postfix=LIBSDNOTIFY_PRINTF(1, 0) LIBSDNOTIFY_SENTINEL
/// Writes an entry with any fields. Trailing whitespace is removed from each. SYSLOG_IDENTIFIER is added with the
/// program's name, unless given. journald drops fields whose names contain characters other than A-Z, 0-9 and _,
/// begin with _ or a digit, or are longer than 64 characters.
///
/// @param format the first field, such as "MESSAGE=%s", followed by its arguments; then further fields, each with its
///   arguments; then NULL.
///
/// @return like sd_journal_sendv(); also:
///   - -EINVAL: there is no field;
///   - -ENOMEM: a text could not be formatted or stored.
///
/// @note Thread-safe; not async-signal-safe, like printf(3). Leaves errno unchanged. Up to 32 fields with 4096 bytes
///   of text in total use no heap memory.
/// @pre each format is NUL-terminated, the arguments match it, and NULL ends the list.
/// @see sd_journal_send(3)
#[cfg(cbindgen)]
#[no_mangle]
pub unsafe extern "C" fn sd_journal_send(format: *const c_char, _: ...) -> c_int {}

/// Writes an entry with preformatted fields. SYSLOG_IDENTIFIER is added with the program's name, unless given. Waits
/// while the journal's queue is full.
///
/// @param iov n fields, each "NAME=value" with any bytes in the value. Not NULL.
/// @param n number of fields: 1 to 510, or fewer if values contain newlines.
///
/// @return 0, even if there is no journal; or a negative errno:
///   - -EINVAL: iov is NULL, n is not positive, a field has no name, or there are too many fields;
///   - -EIO: an entry too long for a datagram could be stored only in part and was not sent;
///   - -EINTR: interrupted by a signal while waiting;
///   - other errors of socket(2), sendmsg(2) and memfd_create(2), such as -EMFILE.
///
/// @note Thread-safe and async-signal-safe. Leaves errno unchanged. Uses no heap memory. The first call opens a
///   socket, which stays open.
/// @pre iov is NULL or has n structures, each with the bytes that it describes.
/// @see sd_journal_sendv(3)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sd_journal_sendv(iov: *const libc::iovec, n: c_int) -> c_int {
    // SAFETY: the caller's promise about iov.
    unsafe { sendv(iov, n, None) }
}

/// Writes an entry about the caller's errno: PRIORITY is LOG_ERR, MESSAGE is message followed by a colon and the text
/// of strerror(3), and ERRNO is the number.
///
/// @param message NULL or "": the text of strerror(3) alone.
///
/// @return like sd_journal_print().
///
/// @note Thread-safe; not async-signal-safe, like printf(3). Leaves errno unchanged.
/// @pre message is NULL or NUL-terminated.
/// @see sd_journal_perror(3)
#[cfg(cbindgen)]
#[no_mangle]
pub unsafe extern "C" fn sd_journal_perror(message: *const c_char) -> c_int {}

/// cbindgen:postfix=LIBSDNOTIFY_PRINTF(5, 6)
/// Writes a formatted text like sd_journal_print(), with its source location. The macro sd_journal_print() calls
/// this.
///
/// @param priority LOG_EMERG (0) to LOG_DEBUG (7), for the field PRIORITY.
/// @param file a complete field, "CODE_FILE=...". Not NULL.
/// @param line a complete field, "CODE_LINE=...". Not NULL.
/// @param func the value of CODE_FUNC, without its name; NULL: empty.
/// @param format as for printf(3), followed by the arguments. Not NULL.
///
/// @return like sd_journal_print(); -EINVAL also if file or line is NULL.
///
/// @note Thread-safe; not async-signal-safe, like printf(3). Leaves errno unchanged. Texts of up to 4096 bytes use no
///   heap memory.
/// @pre file, line and func are NULL or NUL-terminated.
/// @pre format is NULL or NUL-terminated, and the arguments match it.
/// @see sd_journal_print_with_location(3)
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

/// cbindgen:postfix=LIBSDNOTIFY_PRINTF(5, 0)
/// Writes a formatted text like sd_journal_printv(), with its source location.
///
/// @param priority LOG_EMERG (0) to LOG_DEBUG (7), for the field PRIORITY.
/// @param file a complete field, "CODE_FILE=...". Not NULL.
/// @param line a complete field, "CODE_LINE=...". Not NULL.
/// @param func the value of CODE_FUNC, without its name; NULL: empty.
/// @param format as for vprintf(3). Not NULL.
/// @param ap its arguments.
///
/// @return like sd_journal_print_with_location().
///
/// @note Thread-safe; not async-signal-safe, like printf(3). Leaves errno unchanged. Texts of up to 4096 bytes use no
///   heap memory.
/// @pre file, line and func are NULL or NUL-terminated.
/// @pre format is NULL or NUL-terminated, and ap has the matching arguments.
/// @see sd_journal_print_with_location(3)
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

/// cbindgen:postfix=LIBSDNOTIFY_PRINTF(4, 0) LIBSDNOTIFY_SENTINEL
/// Writes an entry with any fields like sd_journal_send(), with its source location.
///
/// @param file a complete field, "CODE_FILE=...". Not NULL.
/// @param line a complete field, "CODE_LINE=...". Not NULL.
/// @param func the value of CODE_FUNC, without its name; NULL: empty.
/// @param format the first field; see sd_journal_send().
///
/// @return like sd_journal_send(); -EINVAL also if file or line is NULL.
///
/// @note Thread-safe; not async-signal-safe, like printf(3). Leaves errno unchanged. Up to 32 fields with 4096 bytes
///   of text in total use no heap memory.
/// @pre file, line and func are NULL or NUL-terminated.
/// @pre each format is NUL-terminated, the arguments match it, and NULL ends the list.
/// @see sd_journal_send_with_location(3)
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

/// Writes an entry with preformatted fields like sd_journal_sendv(), with its source location.
///
/// @param file a complete field, "CODE_FILE=...". Not NULL.
/// @param line a complete field, "CODE_LINE=...". Not NULL.
/// @param func the value of CODE_FUNC, without its name; NULL: empty.
/// @param iov n fields; see sd_journal_sendv().
/// @param n number of fields; see sd_journal_sendv().
///
/// @return like sd_journal_sendv(); -EINVAL also if file or line is NULL.
///
/// @note Thread-safe and async-signal-safe. Leaves errno unchanged. Uses no heap memory. The first call opens a
///   socket, which stays open.
/// @pre file, line and func are NULL or NUL-terminated.
/// @pre iov is NULL or has n structures, each with the bytes that it describes.
/// @see sd_journal_sendv_with_location(3)
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

/// Writes an entry about the caller's errno like sd_journal_perror(), with its source location.
///
/// @param file a complete field, "CODE_FILE=...". Not NULL.
/// @param line a complete field, "CODE_LINE=...". Not NULL.
/// @param func the value of CODE_FUNC, without its name; NULL: empty.
/// @param message NULL or "": the text of strerror(3) alone.
///
/// @return like sd_journal_print_with_location().
///
/// @note Thread-safe; not async-signal-safe, like printf(3). Leaves errno unchanged.
/// @pre file, line and func are NULL or NUL-terminated.
/// @pre message is NULL or NUL-terminated.
/// @see sd_journal_perror_with_location(3)
#[cfg(cbindgen)]
#[no_mangle]
pub unsafe extern "C" fn sd_journal_perror_with_location(
    file: *const c_char,
    line: *const c_char,
    func: *const c_char,
    message: *const c_char,
) -> c_int {
}

/// Opens a stream to the journal, in which each line becomes an entry. Use dup2(2) to make it standard output or
/// error.
///
/// @param identifier for SYSLOG_IDENTIFIER; NULL: none.
/// @param priority of lines without their own level: LOG_EMERG (0) to LOG_DEBUG (7).
/// @param level_prefix not 0: lines may begin with a level, such as "<3>".
///
/// @return a close-on-exec descriptor, which belongs to the caller; or a negative errno:
///   - -EINVAL: priority is out of range;
///   - -ENOENT, -ECONNREFUSED: there is no journal;
///   - other errors of socket(2), connect(2) and sendto(2), such as -EMFILE.
///
/// @note Thread-safe and async-signal-safe.
/// @pre identifier is NULL or NUL-terminated.
/// @see sd_journal_stream_fd(3)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sd_journal_stream_fd(
    identifier: *const c_char,
    priority: c_int,
    level_prefix: c_int,
) -> c_int {
    // SAFETY: the caller's promise about identifier.
    unsafe { stream_fd(core::ptr::null(), identifier, priority, level_prefix) }
}

/// Opens a stream like sd_journal_stream_fd(), to the journal of a namespace.
///
/// @param name_space the name of the namespace; NULL: none. A process with $LOG_NAMESPACE set is in that namespace
///   and can reach no other.
/// @param identifier for SYSLOG_IDENTIFIER; NULL: none.
/// @param priority of lines without their own level: LOG_EMERG (0) to LOG_DEBUG (7).
/// @param level_prefix not 0: lines may begin with a level, such as "<3>".
///
/// @return like sd_journal_stream_fd(); also:
///   - -EINVAL: name_space is not a valid namespace name;
///   - -EREMOTE: it is not the one that $LOG_NAMESPACE names.
///
/// @note Thread-safe and async-signal-safe while nothing changes the environment.
/// @pre name_space and identifier are NULL or NUL-terminated.
/// @see sd_journal_stream_fd_with_namespace(3)
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
/// `text` is NULL or NUL-terminated, and stays unchanged for `'a`.
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
    /// NULL becomes empty, which is valid as a function name but not as a field.
    ///
    /// # Safety
    /// All are NULL or NUL-terminated, and stay unchanged for `'a`.
    unsafe fn location<'a>(&self) -> Location<'a> {
        // SAFETY: as the caller promises.
        unsafe {
            let fields = [Bytes::new(bytes(self.file)), Bytes::new(bytes(self.line))];
            Location { fields, function: bytes(self.func) }
        }
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

/// Sends an entry of `fields` and, if it is not NULL, `location`: before them if `first` is not 0, otherwise after
/// them.
///
/// # Safety
/// `fields` has `n` structures, each of which is NULL or has the bytes it says; `location`'s strings are NULL or
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
    let location = location.map(|location| unsafe { location.location() });
    // SAFETY: as the caller promises.
    let fields = unsafe { Bytes::from_c(fields, n) };
    done_to_c(journal::send(&Entry { fields, location: location.as_ref(), place }))
}

/// `parse_printf_format()`, for C libraries that lack it: stores the types of the first `n` arguments of a format,
/// and returns how many it takes.
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
