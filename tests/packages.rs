//! The release and the packages of it: built, checked, installed, used and removed as their users do it.

use sdnotify_tests::package::{beside_copy, debian_packages, dist, files, minimal_system, unpack, version};
use sdnotify_tests::tree::{Scratch, run, top};
use std::fs::read_to_string;
use std::process::Command;

#[test]
fn the_version_is_that_of_cargo_toml_everywhere() {
    let changelog = read_to_string(top().join("debian/changelog")).expect("the changelog");
    assert!(changelog.starts_with(&format!("libsdnotify ({}-", version())), "debian/changelog");
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
        let make = |target: &str| {
            let mut make = Command::new("make");
            make.current_dir(&source).arg(target).arg("PREFIX=/usr");
            run(make
                .arg(format!("DESTDIR={}", scratch.path(&format!("{place}-installed")).display()))
                .env("CARGO_NET_OFFLINE", "true"));
        };
        make("all");
        make("install");
    }
    let installed = [scratch.path("here-installed"), scratch.path("some/where/else-installed")];
    run(Command::new("diff").arg("-r").args(installed));
}

#[test]
fn lintian_has_nothing_against_the_debian_packages() {
    let scratch = Scratch::new("lintian");
    let changes = files(debian_packages(), ".changes");
    assert_eq!(changes.len(), 1);
    // The tag is about a bug of Debian's that asks for the package; there is none, as it is not in Debian.
    let mut lintian = Command::new("lintian");
    lintian.args(["--info", "--allow-root", "--display-info", "--suppress-tags", "initial-upload-closes-no-bugs"]);
    let said = run(lintian.args(["--fail-on", "error,warning,info"]).args(changes).env("TMPDIR", scratch.dir()));
    print!("{said}");
}

#[test]
fn the_debian_packages_work_in_a_clean_system() {
    let root = minimal_system("bookworm", &[]);
    let scratch = Scratch::new("autopkgtest");
    let source = unpack(scratch.dir(), false);
    let summary = scratch.path("summary");
    let script = r#"summary=$1 source=$2; shift 2
        exec autopkgtest --no-built-binaries --setup-commands 'apt-get -qq update' --summary-file="$summary" \
                "$@" "$source/" -- chroot "$COPY""#;
    let debs = files(debian_packages(), ".deb").into_iter().filter(|deb| !deb.to_string_lossy().contains("-dbgsym_"));
    run(beside_copy(&root, script).arg(&summary).arg(source).args(debs));
    let summary = read_to_string(summary).expect("a summary");
    print!("{summary}");
    let tests = read_to_string(top().join("debian/tests/control")).expect("the list of tests");
    for test in tests.lines().filter_map(|line| line.strip_prefix("Tests: ")) {
        let passed = |line: &str| line.split_whitespace().eq([test, "PASS"]);
        assert!(summary.lines().any(passed), "{test} did not pass:\n{summary}");
    }
}

#[test]
fn purged_debian_packages_leave_nothing() {
    let root = minimal_system("bookworm", &[]);
    // What apt and dpkg write about themselves is theirs: their lists, logs and old status.
    let script = r#"
        list() { (cd "$COPY" && find . -xdev \( -path ./proc -o -path ./dev -o -path ./var/lib/dpkg -o -path ./var/lib/apt \
                -o -path ./var/log -o -path ./var/cache -o -path ./tmp \) -prune -o -printf '%p %y %l %m %U %G\n' | sort); }
        list > "$COPY/tmp/before"
        mkdir "$COPY/tmp/debs"; cp "$@" "$COPY/tmp/debs"
        chroot "$COPY" sh -euc 'apt-get -qq update; apt-get -qq -y --no-install-recommends install /tmp/debs/*.deb'
        test -e "$COPY"/usr/lib/*/libsdnotify.so.0
        list > "$COPY/tmp/between"
        ! cmp -s "$COPY/tmp/before" "$COPY/tmp/between"
        chroot "$COPY" sh -euc 'apt-get -qq -y --autoremove purge $(for d in /tmp/debs/*; do dpkg-deb -f $d Package; done)'
        list | diff "$COPY/tmp/before" -
        ! chroot "$COPY" dpkg-query -W '*sdnotify*'"#;
    run(beside_copy(&root, script).args(files(debian_packages(), ".deb")));
}
