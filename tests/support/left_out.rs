//! What a test did not do, and why: the summary of `tests/check` says it.

use std::io::Write;

/// Records that `what` was left out. A failure where `$SDNOTIFY_NO_SKIP` is set, on a machine that has everything.
pub fn left_out(what: &str, reason: &str) {
    assert!(std::env::var_os("SDNOTIFY_NO_SKIP").is_none(), "{what}: {reason}");
    noted(what, reason);
}

/// As [`left_out`], for what something else stands in for: no failure anywhere.
pub fn noted(what: &str, reason: &str) {
    // Not by a macro: the test runner would keep it to itself.
    let _ = writeln!(std::io::stderr(), "left out: {what}: {reason}");
    let Some(path) = std::env::var_os("SDNOTIFY_LEFT_OUT") else { return };
    let line = format!("{what}: {reason}\n");
    let before = std::fs::read_to_string(&path).unwrap_or_default();
    if !before.contains(&line) {
        let file = std::fs::OpenOptions::new().create(true).append(true).open(&path);
        file.and_then(|mut file| file.write_all(line.as_bytes())).expect("$SDNOTIFY_LEFT_OUT can be written");
    }
}
