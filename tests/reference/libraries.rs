//! The libraries that are compared are really several, of the releases that their packages say, and what they share has the
//! same names, version nodes and prototypes.

use sdnotify_tests::exports;
use sdnotify_tests::left_out::noted;
use sdnotify_tests::library::{Library, recorded};
use sdnotify_tests::probe::Probe;
use sdnotify_tests::tree::{self, Scratch, run};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::process::Command;

/// Both of ours, and each libsystemd that can be run here with its release.
fn at_hand() -> Vec<(Library, Option<u32>)> {
    let mut libraries = Vec::new();
    for library in Library::EVERY {
        match library.release() {
            _ if library.is_ours() => libraries.push((library, None)),
            Ok(release) => libraries.push((library, Some(release))),
            Err(reason) => noted(library.of(), &reason),
        }
    }
    libraries
}

/// The file in which a process has the functions that the other tests call.
fn file(library: Library) -> PathBuf {
    let mut probe = Probe::start(library);
    let answer = probe.ask("symbol sd_notify");
    let path = PathBuf::from(answer.strip_prefix("in=").unwrap_or_else(|| panic!("{library:?}: {answer}")));
    let path = path.canonicalize().expect("the library's file");
    let maps = std::fs::read_to_string(format!("/proc/{}/maps", probe.id())).expect("the maps of a child");
    let mapped: BTreeSet<&str> = maps
        .lines()
        .filter_map(|line| line.split_whitespace().nth(5))
        .filter(|path| path.contains("/libsystemd.so") || path.contains("/libsdnotify.so"))
        .collect();
    assert_eq!(mapped, BTreeSet::from([path.to_str().expect("a path")]), "{library:?}: only this one is loaded");
    path
}

#[test]
fn they_are_different_files() {
    let mut contents = BTreeMap::new();
    for (library, _) in at_hand() {
        let path = file(library);
        let bytes = std::fs::read(&path).expect("the library's file");
        println!("{library:?}: {} bytes, {}", bytes.len(), path.display());
        // A machine with Debian trixie may have the very file of another root tree.
        if let Some(other) = contents.insert(bytes, library)
            && (library.is_ours() || library.release() != Library::release(other))
        {
            panic!("{library:?} and {other:?} are the same");
        }
        // What libsystemd has besides sd-daemon.h, and what only ours has.
        for (symbol, there) in [("sd_bus_open", !library.is_ours()), ("sdn_connect", library == Library::Ours)] {
            let answer = Probe::start(library).ask(&format!("symbol {symbol}"));
            assert_eq!(answer != "missing", there, "{library:?}: {symbol}: {answer}");
        }
    }
}

/// The package says the release, and the file's version nodes agree.
#[test]
fn they_are_of_the_releases_that_their_packages_say() {
    for (library, release) in at_hand() {
        let Some(release) = release else { continue };
        let nodes = run(Command::new("readelf").args(["-W", "-V"]).arg(file(library)));
        let newest = nodes
            .split("LIBSYSTEMD_")
            .skip(1)
            .filter_map(|rest| rest.split(|c: char| !c.is_ascii_digit()).next()?.parse::<u32>().ok())
            .max()
            .expect("version nodes");
        assert!(newest <= release, "{library:?}: node {newest} in release {release}");
        // A release to come may have no new function.
        assert!(newest == release || !recorded().contains(&release), "{library:?}: node {newest}, release {release}");
    }
}

/// Debian's libraries come without debugging information: abidiff compares the symbols and their nodes, not the types.
#[test]
fn abidiff_finds_nothing_that_is_lost() {
    let listed = exports::releases();
    let ours = file(Library::DropIn);
    for (library, release) in at_hand() {
        let Some(version) = release else { continue };
        let output = Command::new("abidiff").arg(file(library)).arg(&ours).output().expect("abidiff");
        let report = String::from_utf8_lossy(&output.stdout).into_owned();
        // Bits: 1 a failure, 2 wrong usage, 4 a change, 8 one that is incompatible, as all that is not sd-daemon.h is.
        let status = output.status.code().expect("abidiff ends");
        assert_eq!(status & 3, 0, "{report}{}", String::from_utf8_lossy(&output.stderr));
        assert!(report.contains("Functions changes summary: 0 Removed, 0 Changed, 0 Added"), "{report}");
        let changed = |mark: &str| -> BTreeSet<(String, u32)> {
            let symbols =
                report.lines().filter_map(|line| line.trim().strip_prefix(mark)?.trim().split_once("@@LIBSYSTEMD_"));
            symbols.map(|(name, node)| (name.to_owned(), node.parse().expect("a version"))).collect()
        };
        let removed = changed("[D]");
        assert!(removed.len() > 500, "{library:?}: abidiff saw the rest of libsystemd: {}", removed.len());
        let lost: Vec<_> = removed.iter().filter(|(name, _)| listed.contains_key(name)).collect();
        assert!(lost.is_empty(), "{library:?}: {lost:?}");
        let newer: BTreeSet<_> =
            listed.iter().filter(|(_, node)| **node > version).map(|(name, node)| (name.clone(), *node)).collect();
        assert_eq!(changed("[A]"), newer, "{library:?}");
        println!("{library:?}: {} removed, none of them of sd-daemon.h; added: {newer:?}", removed.len());
    }
}

/// What a compiler reads in a header.
fn prototypes(header: &str) -> BTreeMap<String, String> {
    let scratch = Scratch::new("prototypes");
    let source = scratch.path("t.c");
    let list = scratch.path("list");
    std::fs::write(&source, format!("#include \"{header}\"\n")).expect("a source");
    run(Command::new("gcc").arg("-aux-info").arg(&list).arg("-fsyntax-only").arg(&source));
    let list = std::fs::read_to_string(list).expect("what gcc wrote");
    list.lines()
        .filter_map(|line| line.split_once("*/ extern ")?.1.strip_suffix(';'))
        // socklen_t in one of them.
        .map(|prototype| prototype.replace("socklen_t", "unsigned int"))
        .filter_map(|prototype| {
            let name = prototype.split_once(" (")?.0.rsplit(' ').next()?.to_owned();
            name.starts_with("sd_").then_some((name, prototype))
        })
        .collect()
}

#[test]
fn every_symbol_with_its_node_and_prototype() {
    let listed = exports::releases();
    let headers = |directory: PathBuf| {
        let mut all = BTreeMap::new();
        for header in ["sd-daemon.h", "sd-journal.h"] {
            all.extend(prototypes(directory.join(header).to_str().expect("a path")));
        }
        all
    };
    let ours = headers(tree::installed().join("include/libsdnotify/systemd"));
    let mut theirs = headers(PathBuf::from("/usr/include/systemd"));
    // Those that read the journal.
    theirs.retain(|name, _| listed.contains_key(name));
    assert_eq!(ours.keys().collect::<Vec<_>>(), listed.keys().collect::<Vec<_>>(), "header and map");
    let exported =
        run(Command::new("nm").args(["-D", "--defined-only", "--with-symbol-versions"]).arg(file(Library::DropIn)));
    let exported: BTreeSet<&str> = exported.lines().filter_map(|line| line.split(" T ").nth(1)).collect();
    let expected: Vec<String> = listed.iter().map(|(name, node)| format!("{name}@@LIBSYSTEMD_{node}")).collect();
    assert_eq!(exported, expected.iter().map(String::as_str).collect(), "ELF and map");
    assert!(theirs.len() >= 28, "{theirs:?}");
    for (name, prototype) in &theirs {
        assert_eq!(ours.get(name), Some(prototype), "{name}");
    }
    for (name, node) in &listed {
        let compared = if theirs.contains_key(name) { "" } else { " (not in this machine's sd-daemon.h)" };
        println!("{node} {}{compared}", ours[name]);
    }
}
