//! The way to variadic.c and back, on the architectures listed in build.rs.
//!
//! rustc does not export C symbols from a cdylib, and exports all that Rust gives a C name. So the public names of the
//! three printf-style functions are Rust functions of one jump, which leaves registers and stack, and with them the
//! variable arguments, as the caller set them up; and the way back is a hidden symbol that jumps to Rust.

/// The instructions that go to another function for good. The landing pads do nothing where the processor does not
/// check indirect branches.
#[cfg(target_arch = "x86_64")]
macro_rules! jump {
    ($target:literal) => {
        concat!("endbr64\njmp ", $target)
    };
}
#[cfg(target_arch = "x86")]
macro_rules! jump {
    ($target:literal) => {
        concat!("endbr32\njmp ", $target)
    };
}
#[cfg(target_arch = "aarch64")]
macro_rules! jump {
    ($target:literal) => {
        concat!("hint #34\nb ", $target)
    };
}
#[cfg(target_arch = "riscv64")]
macro_rules! jump {
    ($target:literal) => {
        concat!("tail ", $target)
    };
}

#[cfg(not(c_variadics_exported))]
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
    }
}

#[cfg(not(c_variadics_exported))]
core::arch::global_asm!(
    ".pushsection .text.libsdnotify_formatted,\"ax\"",
    ".globl libsdnotify_formatted",
    ".hidden libsdnotify_formatted",
    ".type libsdnotify_formatted, %function",
    "libsdnotify_formatted:",
    jump!("{formatted}"),
    ".size libsdnotify_formatted, . - libsdnotify_formatted",
    ".popsection",
    formatted = sym crate::abi::notify::formatted,
);

/// Elsewhere the C functions have the public names, and a name of C's for this one is exported with them.
#[cfg(c_variadics_exported)]
#[unsafe(no_mangle)]
unsafe extern "C" fn libsdnotify_formatted(
    pid: libc::pid_t,
    unset_environment: core::ffi::c_int,
    state: *const core::ffi::c_char,
    fds: *const core::ffi::c_int,
    n_fds: usize,
    out_of_memory: core::ffi::c_int,
) -> core::ffi::c_int {
    // SAFETY: the promises of the C caller, passed on by variadic.c.
    unsafe { crate::abi::notify::formatted(pid, unset_environment, state, fds, n_fds, out_of_memory) }
}
