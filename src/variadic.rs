//! Calls to and from the C code in variadic/, on the architectures listed in build.rs.
//!
//! rustc exports no C symbols from a cdylib, but every Rust function with a C name. So the public names of the
//! printf-style functions are Rust functions of one jump, which preserves registers and stack, and with them the
//! variable arguments. The way back is by hidden symbols that jump to Rust.

/// Tail-calls another function. There is no landing pad: rustc makes none either, so that the library is never marked as one
/// that has them.
#[cfg(any(target_arch = "x86_64", target_arch = "x86"))]
macro_rules! jump {
    ($target:literal) => {
        concat!("jmp ", $target)
    };
}
#[cfg(target_arch = "aarch64")]
macro_rules! jump {
    ($target:literal) => {
        concat!("b ", $target)
    };
}
#[cfg(target_arch = "riscv64")]
macro_rules! jump {
    ($target:literal) => {
        concat!("tail ", $target)
    };
}

#[cfg(trampolines)]
mod public_names {
    macro_rules! export {
        ($($name:ident => $target:literal)*) => {
            $(
                // SAFETY: the one function of this name. Its C prototype is in the header; no Rust code calls it.
                #[unsafe(no_mangle)]
                #[unsafe(naked)]
                extern "C" fn $name() {
                    core::arch::naked_asm!(jump!($target));
                }
            )*
        };
    }

    export! {
        sd_notifyf => "libsdnotify_c_sd_notifyf"
        sd_pid_notifyf => "libsdnotify_c_sd_pid_notifyf"
        sd_pid_notifyf_with_fds => "libsdnotify_c_sd_pid_notifyf_with_fds"
        sd_journal_print => "libsdnotify_c_sd_journal_print"
        sd_journal_printv => "libsdnotify_c_sd_journal_printv"
        sd_journal_send => "libsdnotify_c_sd_journal_send"
        sd_journal_perror => "libsdnotify_c_sd_journal_perror"
        sd_journal_print_with_location => "libsdnotify_c_sd_journal_print_with_location"
        sd_journal_printv_with_location => "libsdnotify_c_sd_journal_printv_with_location"
        sd_journal_send_with_location => "libsdnotify_c_sd_journal_send_with_location"
        sd_journal_perror_with_location => "libsdnotify_c_sd_journal_perror_with_location"
        sdn_sendf => "libsdnotify_c_sdn_sendf"
        sdn_statusf => "libsdnotify_c_sdn_statusf"
    }
}

#[cfg(trampolines)]
macro_rules! way_back {
    ($name:literal => $target:path) => {
        core::arch::global_asm!(
            concat!(".pushsection .text.", $name, ",\"ax\""),
            concat!(".globl ", $name),
            concat!(".hidden ", $name),
            concat!(".type ", $name, ", %function"),
            concat!($name, ":"),
            jump!("{formatted}"),
            concat!(".size ", $name, ", . - ", $name),
            ".popsection",
            formatted = sym $target,
        );
    };
}

#[cfg(trampolines)]
way_back!("libsdnotify_formatted" => crate::abi::notify::formatted);
#[cfg(trampolines)]
way_back!("libsdnotify_channel_formatted" => crate::abi::channel::formatted);
#[cfg(trampolines)]
way_back!("libsdnotify_journal_entry" => crate::abi::journal::entry);
#[cfg(all(trampolines, not(target_env = "gnu")))]
way_back!("libsdnotify_argument_types" => crate::abi::journal::argument_types);

/// Elsewhere the C functions have the public names, and this C name is exported along with them.
#[cfg(not(trampolines))]
#[unsafe(no_mangle)]
unsafe extern "C" fn libsdnotify_formatted(
    pid: libc::pid_t,
    unset_environment: core::ffi::c_int,
    state: *const core::ffi::c_char,
    fds: *const core::ffi::c_int,
    n_fds: usize,
    out_of_memory: core::ffi::c_int,
) -> core::ffi::c_int {
    // SAFETY: the promises of the C caller, passed on by variadic/.
    unsafe { crate::abi::notify::formatted(pid, unset_environment, state, fds, n_fds, out_of_memory) }
}

/// The same for a channel's texts.
#[cfg(not(trampolines))]
#[unsafe(no_mangle)]
unsafe extern "C" fn libsdnotify_channel_formatted(
    channel: core::ffi::c_int,
    text: *const core::ffi::c_char,
    is_status: core::ffi::c_int,
    out_of_memory: core::ffi::c_int,
) -> core::ffi::c_int {
    // SAFETY: the promise of the C caller, passed on by variadic/.
    unsafe { crate::abi::channel::formatted(channel, text, is_status, out_of_memory) }
}

/// The same for an entry for the journal.
#[cfg(not(trampolines))]
#[unsafe(no_mangle)]
unsafe extern "C" fn libsdnotify_journal_entry(
    fields: *const libc::iovec,
    n: usize,
    location: Option<&crate::abi::journal::RawLocation>,
    first: core::ffi::c_int,
) -> core::ffi::c_int {
    // SAFETY: the promises of the C caller, passed on by variadic/journal.c.
    unsafe { crate::abi::journal::entry(fields, n, location, first) }
}

/// The same for the arguments of a format.
#[cfg(all(not(trampolines), not(target_env = "gnu")))]
#[unsafe(no_mangle)]
unsafe extern "C" fn libsdnotify_argument_types(
    format: *const core::ffi::c_char,
    n: usize,
    types: *mut core::ffi::c_int,
) -> usize {
    // SAFETY: the promises of variadic/arguments.c.
    unsafe { crate::abi::journal::argument_types(format, n, types) }
}
