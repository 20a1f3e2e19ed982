//! What a real journald makes of our entries, as journalctl shows it.

mod entries;
mod kinds;
mod programs;
