//! A row of the table of daemons in COMPAT.md.

use sdnotify_tests::tree;
use std::collections::BTreeSet;
use std::fmt::{Display, Formatter, Result as FmtResult};
use std::fs;

pub struct Row {
    pub daemon: String,
    pub debian: String,
    pub systemd: u32,
    pub functions: BTreeSet<String>,
    pub start: String,
    pub status: String,
    pub reload: Option<String>,
    pub stop: String,
}

impl Display for Row {
    fn fmt(&self, f: &mut Formatter) -> FmtResult {
        let code = |text: &str| if text.is_empty() { "nothing".to_owned() } else { format!("`{text}`") };
        let functions: Vec<&str> = self.functions.iter().map(String::as_str).collect();
        write!(
            f,
            "| {} | {} | {} | {} | {} | {} | {} | {} |",
            self.daemon,
            self.debian,
            self.systemd,
            if functions.is_empty() {
                "does not link libsystemd".to_owned()
            } else {
                format!("`{}`", functions.join(" "))
            },
            code(&self.start),
            if self.status.is_empty() { "none".to_owned() } else { without_figures(&self.status) },
            self.reload.as_deref().map_or("has none".to_owned(), code),
            code(&self.stop),
        )
    }
}

/// A text with `n` for each number in it, because they differ from run to run.
fn without_figures(text: &str) -> String {
    let mut result = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(|c: char| c.is_ascii_digit()) {
        let (before, number) = rest.split_at(at);
        let end = number.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(number.len());
        result.push_str(before);
        result.push('n');
        rest = &number[end..];
    }
    result + rest
}

/// Leaves the row where tests/support/daemon-table finds it.
pub fn record(row: &Row) {
    let rows = tree::top().join("target/daemons");
    fs::create_dir_all(&rows).expect("a directory");
    fs::write(rows.join(format!("{} {}", row.daemon, row.debian)), format!("{row}\n")).expect("a file");
}
