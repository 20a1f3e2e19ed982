//! What the dynamic loader did, as it says itself when `LD_DEBUG` is set.

use sdnotify_tests::tree;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

pub struct Trace {
    lines: Vec<String>,
    program: String,
    ours: String,
}

impl Trace {
    /// Of the processes that ran a program, from the files trace.PID.
    pub fn read(directory: &Path, program: &str) -> Trace {
        let ours = tree::installed().join("lib/libsdnotify/libsystemd.so.0");
        let mut lines = Vec::new();
        for entry in fs::read_dir(directory).expect("the directory").flatten() {
            if entry.file_name().to_string_lossy().starts_with("trace.") {
                let text = String::from_utf8_lossy(&fs::read(entry.path()).expect("a trace")).into_owned();
                lines.extend(text.lines().map(str::to_owned));
            }
        }
        Trace { lines, program: program.to_owned(), ours: ours.display().to_string() }
    }

    /// The functions that the program was given from our library. Panics if there is another libsystemd, if a function
    /// came from elsewhere, or if the symbol versions were not looked for, and found, in ours.
    pub fn functions(&self) -> BTreeSet<String> {
        let mut functions = BTreeSet::new();
        let (mut initialised, mut versions) = (0, 0);
        let versioned = format!("in file {} [0] required by file {} [0]", self.ours, self.program);
        for line in &self.lines {
            if let Some((_, file)) = line.split_once("calling init: ")
                && file.contains("libsystemd.so")
            {
                assert_eq!(file, self.ours, "another libsystemd was loaded");
                initialised += 1;
            }
            versions += usize::from(line.contains("LIBSYSTEMD_") && line.contains(&versioned));
            if let Some((_, binding)) = line.split_once(&format!("binding file {} [0] to ", self.program))
                && let Some((file, symbol)) = binding.split_once(" [0]: normal symbol `sd_")
            {
                assert_eq!(file, self.ours, "{line}");
                let (name, node) = symbol.split_once("' [LIBSYSTEMD_").unwrap_or_else(|| panic!("no version: {line}"));
                assert!(node.ends_with(']'), "{line}");
                functions.insert(format!("sd_{name}"));
            }
        }
        if functions.is_empty() {
            assert_eq!((initialised, versions), (0, 0), "{} loads libsystemd and calls nothing in it", self.program);
        } else {
            assert!(initialised > 0 && versions > 0, "{initialised} {versions}");
        }
        functions
    }
}
