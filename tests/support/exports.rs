//! The one list of exported functions, `abi/*.map`, and the only reader of it here.

use crate::tree::top;
use std::collections::BTreeMap;

/// The functions of a map, `libsystemd.map` for instance, each with its version node.
pub fn functions(map: &str) -> BTreeMap<String, String> {
    let text = std::fs::read_to_string(top().join("abi").join(map)).expect("a map");
    let mut functions = BTreeMap::new();
    let mut node = None;
    for line in text.lines().map(str::trim) {
        if let Some(open) = line.strip_suffix(" {") {
            node = Some(open);
        } else if let Some(name) = line.strip_suffix(';').filter(|name| name.starts_with("sd")) {
            functions.insert(name.to_owned(), node.expect("a version node").to_owned());
        }
    }
    assert!(!functions.is_empty(), "{map}");
    functions
}

/// The functions of `libsystemd.map`, each with the release of systemd that brought it, as its version node tells.
pub fn releases() -> BTreeMap<String, u32> {
    let release = |node: String| node.strip_prefix("LIBSYSTEMD_")?.parse().ok();
    let functions = functions("libsystemd.map").into_iter();
    functions.map(|(name, node)| (name, release(node).expect("a release of systemd"))).collect()
}

/// The release that brought one of them.
pub fn since(function: &str) -> u32 {
    *releases().get(function).unwrap_or_else(|| panic!("{function} is not in libsystemd.map"))
}
