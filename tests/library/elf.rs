//! The built libraries as files: what they export, need and may write to.

use sdnotify_tests::exports;
use sdnotify_tests::tree::{self, Scratch, run};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Name and version node of every function, from the one list of them.
fn listed(maps: &[&str]) -> BTreeMap<String, String> {
    maps.iter().flat_map(|map| exports::functions(map)).collect()
}

/// Name and version node (empty if it has none) of all that a library exports.
fn exported(library: &Path) -> BTreeMap<String, String> {
    run(Command::new("nm").args(["-D", "--defined-only", "--with-symbol-versions"]).arg(library))
        .lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>())
        .filter(|fields| fields[1] != "A")
        .map(|fields| {
            let (name, node) = fields[2].split_once("@@").unwrap_or((fields[2], ""));
            (name.to_owned(), node.to_owned())
        })
        .collect()
}

fn readelf(option: &str, library: &Path) -> String {
    run(Command::new("readelf").args(["-W", option]).arg(library))
}

struct Built {
    path: PathBuf,
    soname: &'static str,
    maps: &'static [&'static str],
    versioned: bool,
    /// How many bytes of state it has: the number of the socket to the journal, or none.
    state: u64,
    /// The most bytes that the stripped file may have.
    size: u64,
}

/// The first is what cargo links, with all functions.
fn built() -> [Built; 4] {
    let library = |path: &str, soname, maps, versioned, state, kib: u64| {
        let path = tree::top().join("target").join(path);
        Built { path, soname, maps, versioned, state, size: kib * 1024 }
    };
    let all: &[&str] = &["libsystemd.map", "libsdnotify.map"];
    [
        library("release/libsdnotify.so", "libsdnotify.so.0", all, false, 8, 32),
        library("c/libsdnotify.so.0", "libsdnotify.so.0", &["libsdnotify.map"], true, 0, 20),
        library("c/libsdjournal.so.0", "libsdjournal.so.0", &["libsdjournal.map"], true, 8, 16),
        library("c/libsystemd.so.0", "libsystemd.so.0", &["libsystemd.map"], true, 8, 24),
    ]
}

#[test]
fn exactly_the_listed_functions_are_exported() {
    assert_eq!(listed(&["libsystemd.map"]).len(), 32);
    for library in built() {
        let mut expected = listed(library.maps);
        if !library.versioned {
            expected.values_mut().for_each(String::clear);
        }
        assert_eq!(exported(&library.path), expected, "{}", library.path.display());
    }
}

/// What `sdnotify check` and Rust programs are told is what the library is linked by.
#[test]
fn the_engine_lists_the_same_functions() {
    let told = libsdnotify_engine::symbols::covered().map(|(name, node)| (name.to_owned(), node.to_owned()));
    assert_eq!(told.collect::<BTreeMap<_, _>>(), listed(&["libsystemd.map"]));
}

/// The nodes are libsystemd's own, for every function that the machine's is new enough to have.
#[test]
fn the_version_nodes_are_libsystemds() {
    let theirs = exported(Path::new("/usr/lib").join(multiarch()).join("libsystemd.so.0").as_path());
    let ours = listed(&["libsystemd.map"]);
    let shared: Vec<_> = ours.iter().filter(|(name, _)| theirs.contains_key(*name)).collect();
    assert!(shared.len() >= 16, "{shared:?}");
    for (name, node) in shared {
        assert_eq!(theirs[name], *node, "{name}");
    }
}

fn multiarch() -> String {
    run(Command::new("cc").arg("-print-multiarch")).trim().to_owned()
}

#[test]
fn soname_and_the_only_library_needed() {
    for library in built() {
        let dynamic = readelf("-d", &library.path);
        let values = |tag: &str| -> Vec<String> {
            let lines = dynamic.lines().filter(|line| line.contains(tag));
            lines.filter_map(|line| Some(line.split_once('[')?.1.trim_end_matches(']').to_owned())).collect()
        };
        assert_eq!(values("(SONAME)"), [library.soname]);
        assert_eq!(values("(NEEDED)"), ["libc.so.6"], "{}", library.path.display());
        for absent in ["RPATH", "RUNPATH", "TEXTREL", "(INIT", "(FINI", "INIT_ARRAY", "FINI_ARRAY"] {
            assert!(!dynamic.contains(absent), "{}: {absent}", library.path.display());
        }
        assert!(dynamic.contains("BIND_NOW") && dynamic.contains("Flags: NOW"));
    }
}

/// A library that is built here runs wherever programs of this age do, and wheels with it are installed there.
#[test]
fn no_symbol_is_newer_than_glibc_2_17() {
    for library in built() {
        let symbols = readelf("--dyn-syms", &library.path);
        let versions =
            symbols.lines().filter(|line| line.contains(" UND ")).filter_map(|line| line.split_once("@GLIBC_"));
        let versions: Vec<&str> = versions.filter_map(|(_, rest)| rest.split_whitespace().next()).collect();
        assert!(versions.len() > 5, "{symbols}");
        for version in versions {
            let mut numbers = version.split('.').map(|number| number.parse::<u32>().expect("a number"));
            let [major, minor] = [numbers.next(), numbers.next()].map(Option::unwrap_or_default);
            assert!((major, minor) <= (2, 17), "{}: {version}\n{symbols}", library.path.display());
        }
    }
}

/// All that can be written at start-up is read-only afterwards, to the end of its last page; nothing is executable that
/// can be written.
#[test]
fn nothing_stays_writable() {
    for library in built() {
        let name = library.path.display();
        let headers = readelf("-l", &library.path);
        let segment = |kind: &str, flags: &str| -> (u64, u64) {
            let line = headers
                .lines()
                .find(|line| line.trim_start().starts_with(kind) && line.contains(flags))
                .unwrap_or_else(|| panic!("{name}: {kind} {flags}\n{headers}"));
            let numbers: Vec<u64> = line
                .split_whitespace()
                .filter_map(|word| u64::from_str_radix(word.strip_prefix("0x")?, 16).ok())
                .collect();
            (numbers[1], numbers[4])
        };
        let (start, size) = segment("LOAD", " RW ");
        assert_eq!(headers.lines().filter(|line| line.contains("LOAD") && line.contains(" RW ")).count(), 1);
        // Behind it, where the library has them, the bytes that it remembers.
        let protected = segment("GNU_RELRO", " R ");
        assert_eq!(protected, (start, size - library.state), "{name}");
        assert_eq!((start + protected.1) % 4096, 0, "{name}: the loader protects whole pages only");
        segment("GNU_STACK", " RW ");
        assert!(!headers.contains("RWE"), "{name}");
    }
}

#[test]
fn small_files() {
    let scratch = Scratch::new("elf");
    for library in built() {
        let stripped = scratch.path("stripped");
        run(Command::new("strip").arg("-o").arg(&stripped).arg(&library.path));
        let size = std::fs::metadata(&stripped).expect("a file").len();
        println!("{:5} {}", size, library.path.display());
        assert!(size <= library.size, "{}: {size}", library.path.display());
    }
}

#[test]
fn the_static_library_has_only_public_names() {
    for name in ["libsdnotify", "libsdjournal"] {
        let archive = tree::top().join(format!("target/c/{name}.a"));
        let symbols = run(Command::new("nm").args(["--defined-only", "--extern-only"]).arg(archive));
        let names: BTreeSet<String> = symbols
            .lines()
            .filter_map(|line| line.split_whitespace().nth(2).filter(|name| !name.is_empty()).map(str::to_owned))
            .collect();
        assert_eq!(names, listed(&[&format!("{name}.map")]).into_keys().collect());
    }
}

/// The proof that no panic can be reached is only worth something if one that can be reached breaks the link.
#[test]
fn a_reachable_panic_does_not_link() {
    let scratch = Scratch::new("panic");
    let copy = scratch.path("crate");
    std::fs::create_dir(&copy).expect("a directory");
    for part in ["src", "engine", "abi", "build.rs", "Cargo.toml", "Cargo.lock"] {
        run(Command::new("cp").arg("-r").arg(tree::top().join(part)).arg(&copy));
    }
    // The copy has no command beside it.
    let manifest = std::fs::read_to_string(copy.join("Cargo.toml")).expect("a manifest");
    let manifest = manifest.lines().filter(|line| !line.contains("members = ")).collect::<Vec<_>>().join("\n");
    std::fs::write(copy.join("Cargo.toml"), manifest).expect("a manifest");
    let build = || {
        Command::new("cargo")
            .args(["build", "--release", "--offline", "--lib"])
            .current_dir(&copy)
            .env("CARGO_TARGET_DIR", scratch.path("target"))
            .output()
            .expect("cargo")
    };
    let sound = build();
    assert!(sound.status.success(), "{}", String::from_utf8_lossy(&sound.stderr));

    let source = copy.join("engine/src/boot.rs");
    let text = std::fs::read_to_string(&source).expect("a source");
    let broken = text.replace("Ok(_) => Ok(()),", "Ok(status) => { assert!(status.is_fifo()); Ok(()) }");
    assert_ne!(text, broken);
    std::fs::write(&source, broken).expect("a source");
    let output = build();
    let message = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && message.contains("libsdnotify_has_a_reachable_panic"), "{message}");
}
