//! The release: what is in it, and that it can be made again.

use sdnotify_tests::exports;
use sdnotify_tests::package::{dist, files, offline, unpack, version};
use sdnotify_tests::tree::{Scratch, installed, run, top};
use std::collections::BTreeSet;
use std::fs::read_to_string;
use std::process::Command;

#[test]
fn a_release_is_what_it_lists_and_its_checksums_agree() {
    let name = format!("libsdnotify-{0}.tar.gz libsdnotify_{0}.orig.tar.gz", version());
    let more = format!("libsdnotify-{0}-debian.tar.gz libsdnotify-{0}-vendor.tar.gz libsdnotify.spec", version());
    let more = format!("{more} libsdnotify-{}.cdx.json", version());
    let expected = format!("APKBUILD LICENSES.txt PKGBUILD SHA256SUMS {name} {more}");
    let expected: BTreeSet<_> = expected.split(' ').map(str::to_owned).collect();
    let name = |path: &std::path::PathBuf| path.file_name().expect("a name").to_string_lossy().into_owned();
    let released: BTreeSet<_> = files(dist(), "").iter().map(name).collect();
    assert_eq!(released, expected);
    let checked = run(Command::new("sha256sum").args(["--check", "SHA256SUMS"]).current_dir(dist()));
    assert_eq!(checked.lines().count(), expected.len() - 1, "all but the list itself:\n{checked}");
}

/// The bill of materials names what cargo links into the command, and the licences are those of the same crates.
#[test]
fn every_linked_crate_is_listed_with_its_licence() {
    let mut tree = Command::new("cargo");
    tree.args(["tree", "--locked", "--package=sdnotify-cli", "--edges=normal,no-proc-macro", "--prefix=none"]);
    let tree = run(tree.args(["--target=x86_64-unknown-linux-gnu", "--format={p}"]).current_dir(top()));
    let crates = tree.lines().filter(|line| !line.is_empty() && !line.contains('('));
    let crates: BTreeSet<String> = crates.map(|line| line.trim_end().replacen(" v", " ", 1)).collect();
    assert!(crates.len() > 10, "{tree}");

    let texts = read_to_string(dist().join("LICENSES.txt")).expect("licences");
    let (table, texts) = texts.split_once("\nRust's standard library").expect("a table");
    let listed = table.lines().filter_map(|line| line.split_once(": ")).map(|(name, _)| name.to_owned());
    assert_eq!(listed.collect::<BTreeSet<_>>(), crates);
    for name in &crates {
        assert!(texts.contains(&format!("\n{name}, ")), "{name}: no text");
    }
    assert!(texts.contains("Permission is hereby granted") && texts.contains("Apache License"));

    let bom = read_to_string(dist().join(format!("libsdnotify-{}.cdx.json", version()))).expect("a document");
    let bom: serde_json::Value = serde_json::from_str(&bom).expect("JSON");
    let text = |value: &serde_json::Value| value.as_str().expect("a text").to_owned();
    assert_eq!((text(&bom["bomFormat"]), text(&bom["specVersion"])), ("CycloneDX".into(), "1.5".into()));
    let components = bom["components"].as_array().expect("components");
    let (mut named, mut references) =
        (BTreeSet::new(), BTreeSet::from([text(&bom["metadata"]["component"]["bom-ref"])]));
    for component in components {
        references.insert(text(&component["bom-ref"]));
        if let Some(sum) = component["hashes"][0]["content"].as_str() {
            assert_eq!(sum.len(), 64);
            named.insert(format!("{} {}", text(&component["name"]), text(&component["version"])));
        }
    }
    assert_eq!(named, crates, "all but our own come with a checksum");
    for dependency in bom["dependencies"].as_array().expect("dependencies") {
        for reference in dependency["dependsOn"].as_array().expect("references") {
            assert!(references.contains(&text(reference)), "{reference}");
        }
    }
}

#[test]
fn two_releases_are_the_same() {
    let again = Scratch::new("release-again");
    run(Command::new(top().join("packaging/dist")).arg(again.dir()).env("TZ", "Pacific/Auckland"));
    run(Command::new("diff").args(["-r", "--brief"]).arg(dist()).arg(again.dir()));
}

#[test]
fn builds_in_different_directories_are_the_same() {
    let scratch = Scratch::new("reproducible");
    for place in ["here", "some/where/else"] {
        let source = unpack(&scratch.path(place), true);
        let destination = format!("DESTDIR={}", scratch.path(&format!("{place}-installed")).display());
        let mut make = offline("make");
        make.args(["install", "PREFIX=/usr", "COMMAND=no", &destination]).current_dir(&source);
        run(make.env("CARGO_FLAGS", "--locked --offline").env_remove("MAKEFLAGS"));
    }
    let installed = [scratch.path("here-installed"), scratch.path("some/where/else-installed")];
    run(Command::new("diff").arg("-r").args(installed));
}

#[test]
fn every_function_is_in_the_manual() {
    let manual = |page: &str| read_to_string(installed().join("share/man/man3").join(page)).expect("a manual page");
    for (map, prefix, page) in [
        ("libsdnotify.map", "sd_", "libsdnotify.3"),
        ("libsdnotify.map", "sdn_", "sdnotify.h.3"),
        ("libsdjournal.map", "sd_", "libsdjournal.3"),
    ] {
        let functions = exports::functions(map);
        let functions: BTreeSet<_> =
            functions.keys().map(String::as_str).filter(|name| name.starts_with(prefix)).collect();
        let manual = manual(page);
        let prototypes = manual.lines().filter_map(|line| line.strip_prefix("int ")?.split_once('('));
        let described: BTreeSet<_> = prototypes.map(|(name, _)| name).filter(|name| name.starts_with("sd")).collect();
        assert_eq!(described, functions, "{page}");
        run(Command::new("mandoc")
            .args(["-T", "lint", "-W", "warning"])
            .arg(installed().join("share/man/man3").join(page)));
    }
}

/// The overview, and the pages that `man sdn_connect` and the like find.
#[test]
fn every_page_that_is_named_is_there() {
    let manual = installed().join("share/man");
    run(Command::new("mandoc").args(["-T", "lint", "-W", "warning"]).arg(manual.join("man7/libsdnotify.7")));
    for page in ["man7/libsdnotify.7", "man3/libsdnotify.3", "man3/sdnotify.h.3"] {
        let text = read_to_string(manual.join(page)).expect("a manual page");
        assert!(!text.contains("DIR@") && !text.contains("VERSION@"), "{page} is not filled in");
        for line in text.lines().filter_map(|line| line.split_once("Xr ")) {
            let mut words = line.1.split_whitespace();
            let (name, section) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
            let ours = name.contains("sdnotify");
            assert!(
                !ours || manual.join(format!("man{section}/{name}.{section}")).exists(),
                "{page}: {name}({section})"
            );
        }
    }
    let functions = exports::functions("libsdnotify.map").into_keys().filter(|name| name.starts_with("sdn_"));
    let links: Vec<_> = functions.map(|name| manual.join(format!("man3/{name}.3"))).collect();
    assert!(links.len() > 8);
    let page = manual.join("man3/sdnotify.h.3");
    for link in links {
        assert_eq!(link.canonicalize().expect("a link"), page.canonicalize().expect("a page"));
    }
}
