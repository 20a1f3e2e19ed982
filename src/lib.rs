//! libsdnotify: the C interface of libsystemd's `sd-daemon.h` without libsystemd.
//!
//! In reading order: [`abi`] is the C boundary, one function an export. Behind it are the four subjects: [`notify`]
//! (messages to the service manager, and the barrier), [`watchdog`], [`listen`] (sockets handed over) and [`fdtype`]
//! (what kind of file descriptor is this?), with [`pidfd`] and [`boot`] beside them; [`channel`] is what `sdnotify.h`
//! adds. They stand on pure modules ([`address`], [`names`], [`number`], [`status`]) and on the two that touch the
//! system: [`env`] and [`sys`].
//!
//! No function keeps state between calls, allocates (but for the names that `sd_listen_fds_with_names()` returns, and
//! formatted texts over 4 KiB), starts a thread, or leaves a file descriptor open (but for the channel that the caller of
//! `sdn_connect()` wants).
#![no_std]

mod abi;
mod address;
mod boot;
mod channel;
mod env;
mod fdtype;
mod listen;
mod names;
mod notify;
mod number;
mod pidfd;
mod status;
mod sys;
mod variadic;
mod watchdog;

/// In release builds a panic that could be reached calls a function that exists nowhere, so that the link fails.
#[cfg(not(any(debug_assertions, test)))]
#[panic_handler]
fn panic(_: &core::panic::PanicInfo) -> ! {
    unsafe extern "C" {
        fn libsdnotify_has_a_reachable_panic() -> !;
    }
    // SAFETY: never executed: nothing defines the symbol, so that no library with this call in it can be linked.
    unsafe { libsdnotify_has_a_reachable_panic() }
}

#[cfg(all(debug_assertions, not(test)))]
#[panic_handler]
fn panic(_: &core::panic::PanicInfo) -> ! {
    // SAFETY: abort() has no precondition.
    unsafe { libc::abort() }
}

/// Unoptimised code still names the unwinder's entry point, although nothing here unwinds.
#[cfg(all(debug_assertions, not(test)))]
#[unsafe(no_mangle)]
extern "C" fn rust_eh_personality() {}
