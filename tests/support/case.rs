//! The case table: what is done and, where the libraries are known to differ, why.
//!
//! A file of cases is read by people first:
//!
//! ```text
//! function sd_notify
//!
//! an abstract name is as long as its text
//!     receiver =@name
//!     ...                     commands of the probe (tests/c/probe.c)
//!     differs 252: why
//! ```
//!
//! In commands `{id}` is a name that no other case has, and `{dir}` a directory of the case's own.

#[derive(Debug)]
pub struct Case {
    pub function: &'static str,
    pub title: &'static str,
    pub script: Vec<&'static str>,
    pub differences: Vec<Difference>,
}

impl Case {
    pub fn name(&self) -> String {
        format!("{}: {}", self.function, self.title)
    }
}

/// A command as the probe reads it.
pub fn command(written: &str, id: &str, directory: &str) -> String {
    written
        .replace("{id}", id)
        .replace("{dir}", directory)
        .replace("{253 fds}", &["3"; 253].join(","))
        .replace("{254 fds}", &["3"; 254].join(","))
}

/// Removes the sockets that a case has made in /tmp, where names are as long as it says.
pub fn remove_sockets(id: &str) {
    let Ok(entries) = std::fs::read_dir("/tmp") else { return };
    for entry in entries.flatten().filter(|entry| entry.file_name().to_string_lossy().starts_with(id)) {
        let _ = std::fs::remove_file(entry.path());
    }
}

/// A difference from the reference that is known, and must be there.
#[derive(Debug)]
pub struct Difference {
    /// Releases of libsystemd, `ours` and `drop-in`.
    pub who: Vec<&'static str>,
    pub why: &'static str,
}

const FILES: &[&str] = &[
    include_str!("../reference/compliance/cases/notify.cases"),
    include_str!("../reference/compliance/cases/address.cases"),
    include_str!("../reference/compliance/cases/with_fds.cases"),
    include_str!("../reference/compliance/cases/formats.cases"),
    include_str!("../reference/compliance/cases/barrier.cases"),
    include_str!("../reference/compliance/cases/watchdog.cases"),
    include_str!("../reference/compliance/cases/listen.cases"),
    include_str!("../reference/compliance/cases/names.cases"),
    include_str!("../reference/compliance/cases/files.cases"),
    include_str!("../reference/compliance/cases/sockets.cases"),
    include_str!("../reference/compliance/cases/others.cases"),
];

pub fn all() -> Vec<Case> {
    FILES.iter().flat_map(|text| read(text)).collect()
}

/// The cases of a file.
pub fn read(text: &'static str) -> Vec<Case> {
    let mut cases: Vec<Case> = Vec::new();
    let mut function = "";
    for line in text.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#')) {
        if let Some(name) = line.strip_prefix("function ") {
            function = name;
            continue;
        }
        let Some(command) = line.strip_prefix("    ") else {
            cases.push(Case { function, title: line, script: Vec::new(), differences: Vec::new() });
            continue;
        };
        let case = cases.last_mut().expect("a title stands before the first command");
        if let Some(difference) = command.strip_prefix("differs ") {
            let (who, why) = difference.split_once(": ").expect("differs WHO: why");
            case.differences.push(Difference { who: who.split(' ').collect(), why });
        } else {
            case.script.push(command);
        }
    }
    cases
}
