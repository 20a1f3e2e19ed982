//! What our libsystemd.so.0 exports.
#![forbid(unsafe_code)]

use super::elf::Import;
use libsdnotify_engine::symbols;
use std::collections::BTreeMap;

/// The library to be replaced.
pub const LIBSYSTEMD: &str = "libsystemd.so.0";

/// Symbols and their version nodes.
pub struct Covered(BTreeMap<&'static str, &'static str>);

impl Covered {
    pub fn new() -> Covered {
        Covered(symbols::covered().collect())
    }

    /// Whether the dynamic linker would find the symbol. It requires the version if the file names one.
    pub fn has(&self, import: &Import) -> bool {
        match (self.0.get(import.symbol.as_str()), &import.version) {
            (Some(node), Some(version)) => node == version,
            (node, None) => node.is_some(),
            (None, Some(_)) => false,
        }
    }
}

/// What an uncovered symbol is for, and what to do about it.
pub fn advice(symbol: &str) -> &'static str {
    let uses = [
        ("sd_journal_print", JOURNAL_WRITER),
        ("sd_journal_send", JOURNAL_WRITER),
        ("sd_journal_perror", JOURNAL_WRITER),
        ("sd_journal_stream_fd", JOURNAL_WRITER),
        ("sd_journal_", "reads the journal: keep systemd's library for this program"),
        ("sd_bus_", "speaks D-Bus: keep systemd's library, or build the program without it (libdbus, basu)"),
        ("sd_event_", "runs on sd-event: keep systemd's library for this program"),
        ("sd_login_", "queries logind: keep systemd's library, or build the program without logind (libelogind)"),
        ("sd_session_", "queries logind: keep systemd's library, or build the program without logind (libelogind)"),
        ("sd_uid_", "queries logind: keep systemd's library, or build the program without logind (libelogind)"),
        ("sd_seat_", "queries logind: keep systemd's library, or build the program without logind (libelogind)"),
        ("sd_pid_get_", "looks up units and sessions: keep systemd's library for this program"),
        ("sd_id128_", "uses 128-bit IDs: keep systemd's library, or build the program without them"),
    ];
    uses.iter()
        .find(|(prefix, _)| symbol.starts_with(prefix))
        .map_or("uses another part of libsystemd: keep systemd's library for this program", |(_, advice)| advice)
}

const JOURNAL_WRITER: &str = "writes to the journal: keep systemd's library, or build the program to log with syslog";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list() {
        let covered = Covered::new();
        let import = |symbol: &str, version: Option<&str>| Import {
            symbol: symbol.into(),
            version: version.map(str::to_owned),
            weak: false,
        };
        assert!(covered.has(&import("sd_notify", Some("LIBSYSTEMD_209"))));
        assert!(covered.has(&import("sd_notify", None)));
        assert!(!covered.has(&import("sd_notify", Some("LIBSYSTEMD_254"))));
        assert!(covered.has(&import("sd_pid_notify_barrier", Some("LIBSYSTEMD_254"))));
        assert!(!covered.has(&import("sd_bus_open", Some("LIBSYSTEMD_221"))));
    }
}
