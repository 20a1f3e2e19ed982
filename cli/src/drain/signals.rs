//! Signals as a descriptor, so that one that arrives in the middle of a step waits until the step is done.
#![forbid(unsafe_code)]

use nix::sys::signal::{SigSet, Signal};
use nix::sys::signalfd::{SfdFlags, SignalFd};

/// Blocks the signals that end a drain. Threads started later inherit this; the programs that they run do not.
pub fn block() -> Result<SignalFd, String> {
    let mut set = SigSet::empty();
    for signal in [Signal::SIGTERM, Signal::SIGINT, Signal::SIGHUP] {
        set.add(signal);
    }
    let text = |error: nix::Error| format!("cannot wait for signals: {}", error.desc());
    set.thread_block().map_err(text)?;
    SignalFd::with_flags(&set, SfdFlags::SFD_CLOEXEC | SfdFlags::SFD_NONBLOCK).map_err(text)
}

/// The signal that has arrived, if any.
pub fn arrived(signals: &SignalFd) -> Option<Signal> {
    let info = signals.read_signal().ok()??;
    Signal::try_from(i32::try_from(info.ssi_signo).ok()?).ok()
}
