//! The recipes of other distributions that `make dist` makes, run by their own tools where Debian has them.

use sdnotify_tests::package::{dist, files, offline};
use sdnotify_tests::tree::{Scratch, run};
use std::path::Path;
use std::process::Command;

/// What a packager finds in one directory.
fn downloaded(name: &str) -> Scratch {
    let scratch = Scratch::new(name);
    run(Command::new("cp").arg("-rT").arg(dist()).arg(scratch.dir()));
    scratch
}

/// Files that every distribution has, below its directory for libraries.
const LIBRARY: [&str; 7] = [
    "cmake/libsdnotify/libsdnotify-config.cmake",
    "libsdnotify.a",
    "libsdnotify.so",
    "libsdnotify.so.0",
    "libsdnotify/libsystemd.so.0",
    "libsdnotify/pkgconfig/libsystemd.pc",
    "pkgconfig/libsdnotify.pc",
];

/// And below /usr. A manual page may be compressed.
const REST: [&str; 8] = [
    "bin/sdnotify",
    "include/libsdnotify/sdnotify.h",
    "share/bash-completion/completions/sdnotify",
    "share/man/man1/sdnotify.1",
    "share/man/man3/libsdnotify.3",
    "share/man/man3/sdn_connect.3",
    "share/man/man7/libsdnotify.7",
    "share/zsh/site-functions/_sdnotify",
];

fn assert_all_in(listing: &str, libdir: &str) {
    let usr = libdir.rsplit_once('/').expect("a directory in /usr").0;
    let library = LIBRARY.map(|file| format!("{libdir}/{file}"));
    for file in library.into_iter().chain(REST.map(|file| format!("{usr}/{file}"))) {
        assert!(listing.lines().any(|line| line.trim_end_matches(".gz") == file), "{file} is not in\n{listing}");
    }
}

#[test]
#[ignore = "compiles everything: make check-all"]
fn rpm() {
    let scratch = downloaded("rpm");
    let define = |name: &str, value: &Path| format!("--define={name} {}", value.display());
    let mut rpmbuild = offline("rpmbuild");
    // Debian's rpm has no data base of packages to look for cargo in.
    rpmbuild.args(["-bb", "--nodeps"]).arg(scratch.path("libsdnotify.spec"));
    rpmbuild.arg(define("_topdir", &scratch.path("rpm"))).arg(define("_sourcedir", scratch.dir()));
    run(rpmbuild.arg(define("_tmppath", scratch.dir())));
    let built = files(&scratch.path("rpm/RPMS").join(std::env::consts::ARCH), ".rpm");
    let query = |what: &str| run(Command::new("rpm").args(["-qp", what]).args(&built));
    let libdir = run(Command::new("rpm").args(["--eval", "%{_libdir}"]));
    assert_all_in(&query("--list"), libdir.trim());
    let provides = query("--provides");
    assert!(provides.contains("libsdnotify.so.0(LIBSYSTEMD_209)"), "{provides}");
    assert!(!provides.contains("libsystemd.so.0"), "the private library is offered to other packages:\n{provides}");
}

#[test]
#[ignore = "compiles everything: make check-all"]
fn arch() {
    let scratch = downloaded("arch");
    // makepkg refuses to be root, and needs to be somebody in what it makes.
    let mut makepkg = offline("unshare");
    makepkg.args(["--user", "--map-user=1000", "--map-group=1000", "makepkg", "--nodeps", "--noconfirm"]);
    run(makepkg.current_dir(scratch.dir()));
    let built = files(scratch.dir(), ".pkg.tar.gz");
    assert_eq!(built.len(), 1);
    assert_all_in(&run(Command::new("tar").arg("-tf").arg(&built[0])), "usr/lib");
}

/// abuild is not in Debian: the recipe's functions are run by a POSIX shell as abuild does, with its `amove`.
#[test]
#[ignore = "compiles everything: make check-all"]
fn alpine() {
    let scratch = downloaded("alpine");
    let script = r#"
        . ./APKBUILD
        echo "$sha512sums" | sed '/^$/d' | sha512sum --check --quiet
        for file in $source; do tar -xzf "$file"; done
        pkgdir=$PWD/pkg main=$PWD/pkg
        cd "$pkgname-$pkgver"
        build
        package
        amove() { for file; do mkdir -p "$subpkgdir/${file%/*}"; mv "$main/$file" "$subpkgdir/$file"; done; }
        default_dev() { amove usr/include usr/lib/libsdnotify.so usr/lib/cmake usr/lib/pkgconfig; }
        for subpackage in $subpackages; do
                subpkgname=${subpackage%:*} split=${subpackage#*:}
                subpkgdir=$main-$subpkgname
                [ "$subpkgname" = "$pkgname-doc" ] || ( ${split##*-} )
        done
        cd "$main/.."
        find pkg* ! -type d"#;
    let mut shell = offline("dash");
    let said = run(shell.args(["-euc", script]).current_dir(scratch.dir()));
    let listing: Vec<_> = said.lines().filter(|line| line.starts_with("pkg")).collect();
    assert!(listing.contains(&"pkg/usr/lib/libsdnotify.so.0"), "{said}");
    assert!(listing.contains(&"pkg-libsdnotify-compat/usr/lib/libsdnotify/libsystemd.so.0"), "{said}");
    assert!(listing.contains(&"pkg-libsdnotify-static/usr/lib/libsdnotify.a"), "{said}");
    assert!(listing.contains(&"pkg-libsdnotify-dev/usr/lib/libsdnotify/pkgconfig/libsystemd.pc"), "{said}");
    assert!(listing.contains(&"pkg-sdnotify/usr/bin/sdnotify"), "{said}");
    assert!(
        listing.contains(&"pkg-sdnotify-fish-completion/usr/share/fish/vendor_completions.d/sdnotify.fish"),
        "{said}"
    );
    // What the main package has is the library, its licence, and what the -doc package takes by itself.
    let rest =
        |line: &&&str| line.starts_with("pkg/") && !line.contains("/share/licenses/") && !line.contains("/share/man/");
    assert!(listing.iter().filter(rest).all(|line| line.starts_with("pkg/usr/lib/libsdnotify.so.0")), "{said}");
}
