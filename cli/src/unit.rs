//! Unit files, read as systemd reads them, as far as `sdnotify run` emulates them. Pure: `run::unit` reads the files.
#![forbid(unsafe_code)]

pub mod command;
pub mod environment;
mod known;
pub mod service;
pub mod socket;
pub mod specifier;
pub mod syntax;
#[cfg(test)]
mod tests;
mod words;

use syntax::Assignment;

/// What a developer should know about the files, a line each.
#[derive(Default, Debug)]
pub struct Remarks(Vec<String>);

impl Remarks {
    pub fn add(&mut self, remark: String) {
        if !self.0.contains(&remark) {
            self.0.push(remark);
        }
    }

    pub fn into_lines(self) -> Vec<String> {
        self.0
    }

    /// The lines of a file.
    pub fn read(&mut self, file: &str, text: &[u8]) -> Vec<Assignment> {
        syntax::parse(file, text, &mut self.0)
    }

    /// systemd ignores the value.
    fn ignored(&mut self, one: &Assignment) {
        self.add(format!("{}: {}={}: no such value, ignoring it", one.place, one.key, one.value));
    }

    fn not_emulated(&mut self, one: &Assignment) {
        self.add(format!("{}=: not emulated by run", one.key));
    }

    /// Whether a setting has no effect on a running service, or is unknown, which is remarked on.
    fn passes_over(&mut self, one: &Assignment) -> bool {
        let Assignment { section, key, place, .. } = one;
        if section == "Install" || section.starts_with("X-") || key.starts_with("X-") {
            return true;
        }
        match known::has(section, key) {
            Some(true) => matches!(key.as_str(), "Description" | "Documentation"),
            Some(false) => {
                let other =
                    ["Unit", "Service", "Socket"].into_iter().find(|other| known::has(other, key) == Some(true));
                let hint = match (other, known::meant(section, key)) {
                    (Some(other), _) => format!(" (it belongs into [{other}])"),
                    (None, Some(meant)) => format!(" (did you mean {meant}=?)"),
                    (None, None) => String::new(),
                };
                self.add(format!("{place}: unknown setting {key}= in section [{section}], ignoring it{hint}"));
                true
            }
            None => {
                self.add(format!("{place}: unknown section [{section}], ignoring {key}="));
                true
            }
        }
    }
}

/// Invalid UTF-8 is replaced.
fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
