//! libsdnotify: the C interface of libsystemd's `sd-daemon.h` without libsystemd. It has no Rust interface: **Rust programs
//! use the crate [libsdnotify-engine](https://docs.rs/libsdnotify-engine)**, and C programs install this one with `make`.
//!
//! This crate has only what a C library needs: `abi` is the C boundary, with one function per export; `variadic`
//! connects it with the C code in `src/variadic/`; `result` converts results to integers. The functions themselves are
//! in the crate `libsdnotify-engine` (`engine/`), in modules with the same names as those of `abi`.
#![cfg_attr(not(test), no_std)]

mod abi;
mod result;
mod variadic;

/// In release builds a reachable panic calls a function that does not exist, so that the link fails.
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
