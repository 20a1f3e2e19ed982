//! The packages for Debian: built, checked, installed by apt, used and removed as their users do it.
//!
//! They take longest of all; cargo runs the tests in the order of their names, so that these begin first.

use sdnotify_tests::package::{
    beside_copy, build_debian_packages, debian_packages, dist, files, minimal_system, offline, unpack, version,
};
use sdnotify_tests::tree::{Scratch, run, top};
use std::fs::read_to_string;
use std::path::PathBuf;
use std::process::Command;

#[test]
#[ignore = "takes minutes: make check-all"]
fn debian_packages_built_in_different_directories_are_the_same() {
    let scratch = Scratch::new("reproducible-debian");
    build_debian_packages(&scratch.path("some/where/else"));
    for deb in files(debian_packages(), ".deb") {
        let again = scratch.path("some/where/else").join(deb.file_name().expect("a name"));
        run(Command::new("cmp").arg(deb).arg(again));
    }
}

/// lintian's options for all that it has to say against a package, except for these tags.
fn lintian_options(except: &[&str]) -> Vec<String> {
    // A bug of Debian's that asks for the package would be closed; there is none.
    let except = [&["initial-upload-closes-no-bugs"], except].concat().join(",");
    let fixed = "--pedantic --info --allow-root --display-info --fail-on error,warning,info,pedantic --suppress-tags";
    fixed.split(' ').map(str::to_owned).chain([except]).collect()
}

/// This machine's lintian, which is of Debian 12, has nothing against it. The packages follow Debian testing.
fn assert_lintian_is_content(changes: &[PathBuf]) {
    let scratch = Scratch::new("lintian");
    let mut lintian = Command::new("lintian");
    lintian.args(lintian_options(&[
        "newer-standards-version",
        // Rust code calls none of the C library's functions that have a fortified form.
        "hardening-no-fortify-functions",
        // A linker script that names two archives, as the C library's libm.a is one.
        "unpack-message-for-deb-data",
    ]));
    print!("{}", run(lintian.args(changes).env("TMPDIR", scratch.dir())));
}

/// What is uploaded to Debian, and what others get from it.
#[test]
fn the_debian_source_package_is_that_of_the_release() {
    let scratch = Scratch::new("debian-source");
    let source = unpack(scratch.dir(), false);
    let original = format!("libsdnotify_{}.orig.tar.gz", version());
    run(Command::new("cp").arg(dist().join(&original)).arg(scratch.dir()));
    let listing = run(Command::new("tar").arg("-tf").arg(scratch.path(&original)));
    assert!(!listing.contains(&format!("libsdnotify-{}/debian/", version())), "{listing}");
    let mut build = offline("dpkg-buildpackage");
    // -d: the machine's cargo need not be Debian's.
    run(build.args(["-S", "-us", "-uc", "-d"]).current_dir(&source).env_remove("MAKEFLAGS"));
    let description = files(scratch.dir(), ".dsc");
    assert_eq!(description.len(), 1);
    let extracted = scratch.path("extracted");
    run(Command::new("dpkg-source").args(["--no-check", "--extract"]).args(&description).arg(&extracted));
    let again = unpack(&scratch.path("again"), false);
    // dpkg-source leaves a directory of its own, for patches.
    run(Command::new("diff").args(["-r", "--no-dereference", "--brief", "--exclude=.pc"]).args([&again, &extracted]));

    assert_lintian_is_content(&files(scratch.dir(), "_source.changes"));
}

#[test]
fn lintian_has_nothing_against_the_debian_packages() {
    let changes = files(debian_packages(), ".changes");
    assert_eq!(changes.len(), 1);
    assert_lintian_is_content(&changes);
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

/// Debian's own toolchain and crates, of the release that will be Debian 14, and nothing from anywhere else.
#[test]
#[ignore = "takes minutes: make check-all"]
fn debian_testing_builds_them_with_its_own_packages_offline() {
    let control = read_to_string(top().join("debian/control")).expect("debian/control");
    let depends =
        control.split_once("Build-Depends:").expect("a field").1.split_once("\nStandards").expect("a field").0;
    let name = |entry: &str| entry.trim().split([' ', ':']).next().expect("a name").to_owned();
    let mut packages: Vec<String> = depends.split(',').map(name).filter(|name| name != "debhelper-compat").collect();
    packages.extend(["build-essential", "debhelper", "lintian", "pkgconf"].map(str::to_owned));
    let packages: Vec<&str> = packages.iter().map(String::as_str).collect();
    let root = minimal_system("forky", &packages);
    let scratch = Scratch::new("forky");
    let source = unpack(scratch.dir(), false);
    let script = r#"
        mkdir "$COPY/build"
        cp -r "$1" "$2" "$COPY/build"
        shift 2
        ! chroot "$COPY" apt-get -qq update -o APT::Update::Error-Mode=any 2>/dev/null
        # Nothing of the environment of this test, which is run by another cargo.
        chroot "$COPY" env -i HOME=/build PATH=/usr/sbin:/usr/bin:/sbin:/bin sh -euc '
                cd /build/libsdnotify-*/
                dpkg-buildpackage -us -uc -S
                cd ..
                dpkg-source --no-check --extract libsdnotify_*.dsc source
                cd source
                dpkg-buildpackage -us -uc -b
                cd ..
                lintian "$@" libsdnotify_*.changes
                # By the names of their source packages.
                linked=$(dpkg-deb --field sdnotify_*.deb Static-Built-Using)
                for crate in clap libc nix procfs serde-json; do echo "$linked" | grep -E "rust-$crate(-[0-9.]+)? [(]= "; done
                dpkg-deb --field libsdnotify0_*.deb Static-Built-Using | grep "^rust-libc .*, rustc "
                dpkg -i libsd*.deb libsystemd-daemon-perl_*.deb python3-libsdnotify_*.deb sdnotify_*.deb
                for test in build perl python; do source/debian/tests/$test; done
        ' sh "$@" >&2"#;
    let options = lintian_options(&[
        // What Debian 12 needs to build it.
        "older-debian-watch-file-standard",
        "package-uses-old-debhelper-compat-version",
        "redundant-priority-optional-field",
        "redundant-rules-requires-root-no-field",
    ]);
    run(Command::new("unshare")
        .arg("--net")
        .arg(top().join("tests/support/root-copy"))
        .arg(root)
        .args(["sh", "-euc", script, "sh"])
        .arg(source)
        .arg(dist().join(format!("libsdnotify_{}.orig.tar.gz", version())))
        .args(options));
}
