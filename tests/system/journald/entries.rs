//! Entries as journalctl shows them.

use sdnotify_tests::manager::Manager;
use serde_json::Value;

/// One entry.
#[derive(Debug)]
pub struct Entry(Value);

impl Entry {
    /// A field that is text; empty if it is not there.
    pub fn text(&self, name: &str) -> &str {
        self.0[name].as_str().unwrap_or_default()
    }

    /// A field that journalctl shows as numbers, because it is not text.
    pub fn bytes(&self, name: &str) -> Vec<u8> {
        let numbers = self.0[name].as_array().map(Vec::as_slice).unwrap_or_default();
        numbers.iter().filter_map(|number| number.as_u64()?.try_into().ok()).collect()
    }

    pub fn has(&self, name: &str) -> bool {
        !self.0[name].is_null()
    }

    /// Each of these fields has this text.
    pub fn is(&self, fields: &[(&str, &str)]) -> bool {
        fields.iter().all(|(name, value)| self.text(name) == *value)
    }
}

/// The entries that match arguments of journalctl, in their order.
pub fn entries(manager: &Manager, matches: &str) -> Vec<Entry> {
    let shown = manager.run(&format!("journalctl --quiet --no-pager --all -o json {matches}"));
    shown.lines().map(|line| Entry(serde_json::from_str(line).expect("JSON"))).collect()
}

/// Waits for an entry with these fields among those that match.
pub fn wait_for(manager: &Manager, matches: &str, fields: &[(&str, &str)]) -> Entry {
    manager.poll(&format!("{matches}: {fields:?}"), || entries(manager, matches).iter().any(|entry| entry.is(fields)));
    entries(manager, matches).into_iter().find(|entry| entry.is(fields)).expect("it was there")
}
