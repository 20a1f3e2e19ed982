//! The total cost allowed for examining one target, whose files may be hostile.

use super::open;
use std::io::Read;
use std::path::Path;

/// Far more than any real program needs.
const LOOKUPS: usize = 200_000;
const TEXT: u64 = 64 << 20;
/// Bytes of files loaded at run time. The rest of a longer file is not counted, as its strings are not read either.
const MODULES: u64 = 4 << 30;
const ONE_MODULE: u64 = 128 << 20;
/// One text. The longest module of Debian's Python is a tenth of this.
const ONE_TEXT: u64 = 8 << 20;

#[derive(Debug)]
pub struct Limits {
    lookups: usize,
    text: u64,
    modules: u64,
    cut: bool,
}

impl Limits {
    pub fn new() -> Limits {
        Limits { lookups: LOOKUPS, text: TEXT, modules: MODULES, cut: false }
    }

    /// Whether this many names may be looked up in the file system.
    pub fn look_up(&mut self, names: usize) -> bool {
        match self.lookups.checked_sub(names) {
            Some(left) => self.lookups = left,
            None => self.cut = true,
        }
        !self.cut
    }

    /// Whether a module may be read.
    pub fn load(&mut self, path: &Path) -> bool {
        let size = std::fs::metadata(path).map_or(0, |found| found.len()).min(ONE_MODULE);
        match self.modules.checked_sub(size) {
            Some(left) => self.modules = left,
            None => self.cut = true,
        }
        self.look_up(1)
    }

    /// A text, lossily decoded; `None` if it cannot be read. Truncated if it is too long.
    pub fn read(&mut self, path: &Path) -> Option<String> {
        if !self.look_up(1) {
            return None;
        }
        let mut bytes = Vec::new();
        let limit = self.text.min(ONE_TEXT);
        open::regular(path).ok()?.take(limit + 1).read_to_end(&mut bytes).ok()?;
        let length = bytes.len() as u64;
        self.cut |= length > limit;
        self.text -= length.min(limit);
        bytes.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        Some(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// Whether a limit was reached.
    pub fn is_cut(&self) -> bool {
        self.cut
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn enough_is_enough() {
        let mut limits = Limits::new();
        assert!(limits.look_up(LOOKUPS) && !limits.is_cut());
        assert!(!limits.look_up(1) && limits.is_cut());
        assert_eq!(limits.read(Path::new("/proc/self/status")), None);
    }

    #[test]
    fn long_texts() {
        let path = std::env::temp_dir().join(format!("sdnotify-text-{}", std::process::id()));
        std::fs::write(&path, "x").expect("a file");
        std::fs::OpenOptions::new().write(true).open(&path).and_then(|file| file.set_len(1 << 40)).expect("a hole");
        let mut limits = Limits::new();
        let text = limits.read(&path).expect("a text");
        std::fs::remove_file(&path).expect("ours");
        assert!(text.len() as u64 == ONE_TEXT && limits.is_cut());
        assert_eq!(Limits::new().read(Path::new("/dev/zero")), None);
    }

    #[test]
    fn many_modules() {
        let path = std::env::temp_dir().join(format!("sdnotify-module-{}", std::process::id()));
        std::fs::write(&path, "x").expect("a file");
        std::fs::OpenOptions::new().write(true).open(&path).and_then(|file| file.set_len(1 << 40)).expect("a hole");
        let mut limits = Limits::new();
        let loaded = (0..100).take_while(|_| limits.load(&path)).count();
        std::fs::remove_file(&path).expect("ours");
        assert!(loaded as u64 == MODULES / ONE_MODULE && limits.is_cut());
    }
}
