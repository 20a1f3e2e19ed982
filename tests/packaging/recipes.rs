//! The packages of each distribution, from what `make dist` makes, to README's first examples on what is installed from
//! them. Their own tools build and install where Debian has these; all are installed in a minimal system of Debian.

use sdnotify_tests::package::{beside_copy, debian_packages, dist, files, minimal_system, offline};
use sdnotify_tests::tree::{Scratch, run, top};
use std::path::{Path, PathBuf};
use std::process::Command;

/// What a packager finds in one directory.
fn downloaded(name: &str) -> Scratch {
    let scratch = Scratch::new(name);
    run(Command::new("cp").arg("-rT").arg(dist()).arg(scratch.dir()));
    // A distribution's python is this one. Debian's hatchling works without a package that it names.
    let python = "#!/bin/sh\n\
        [ \"$1 $2\" != '-m build' ] || { shift 2; set -- -m build --skip-dependency-check \"$@\"; }\n\
        exec /usr/bin/python3 \"$@\"\n";
    std::fs::create_dir(scratch.path("bin")).expect("a directory");
    std::fs::write(scratch.path("bin/python"), python).expect("a script");
    run(Command::new("chmod").arg("+x").arg(scratch.path("bin/python")));
    scratch
}

/// A tool without network, that finds the distribution's Perl and Python, and installs as packages of Debian do.
fn tool(program: &str, scratch: &Scratch) -> Command {
    let path = std::env::var("PATH").unwrap_or_default();
    let mut command = offline(program);
    command.env("PATH", format!("{}:/usr/sbin:/usr/bin:/sbin:/bin:{path}", scratch.path("bin").display()));
    command.env("DEB_PYTHON_INSTALL_LAYOUT", "deb").env_remove("MAKEFLAGS").current_dir(scratch.dir());
    command
}

/// Files that every distribution has, below its directory for libraries.
const LIBRARY: [&str; 10] = [
    "cmake/libsdnotify/libsdnotify-config.cmake",
    "libsdjournal.a",
    "libsdjournal.so.0",
    "libsdnotify.a",
    "libsdnotify.so",
    "libsdnotify.so.0",
    "libsdnotify/libsystemd.a",
    "libsdnotify/libsystemd.so.0",
    "libsdnotify/pkgconfig/libsystemd.pc",
    "pkgconfig/libsdnotify.pc",
];

/// And below /usr. A manual page may be compressed.
const REST: [&str; 11] = [
    "bin/sdnotify",
    "include/libsdnotify/sdnotify.h",
    "share/bash-completion/completions/sdnotify",
    "share/fish/vendor_completions.d/sdnotify.fish",
    "share/man/man1/sdnotify.1",
    "share/man/man3/Systemd::Daemon.3pm",
    "share/man/man3/Systemd::Journal.3pm",
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

/// The licences of the crates in a package, by the texts that it has.
fn assert_licences(package: &str, texts: &str) {
    let linked = if package.starts_with("sdnotify-") { "\nclap " } else { "\nlibc " };
    for needed in ["The libsdnotify authors", linked, "Permission is hereby granted"] {
        assert!(texts.contains(needed), "{package}: no {needed:?}");
    }
}

/// Installs packages by a script in a copy of a minimal system, `$COPY`, and runs README's first examples there. `settings`
/// are what that distribution has in its system's configuration, `drop_in` is the directory of our libsystemd.so.0.
fn first_examples(install: &str, settings: &str, drop_in: &str, packages: &[PathBuf]) {
    let root = minimal_system("bookworm", &["gcc", "libc6-dev", "libsystemd0", "perl", "pkgconf", "python3"]);
    let script = format!(
        r#"cp "$1" "$2" "$COPY/tmp"
        shift 2
        {install}
        chroot "$COPY" ldconfig
        chroot "$COPY" env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin {settings} \
                sh /tmp/first-examples /tmp/README.md {drop_in} 2>&1"#
    );
    let mut command = beside_copy(&root, &script);
    command.args(["tests/packaging/first-examples", "README.md"].map(|file| top().join(file))).args(packages);
    let said = run(&mut command);
    assert_all_ran(&said);
    print!("{said}");
}

/// What tests/packaging/first-examples has said.
pub fn assert_all_ran(said: &str) {
    for part in ["C", "Perl", "Python", "drop-in"] {
        assert!(said.contains(&format!("\n{part}: ready, and alive\n")), "{part}:\n{said}");
    }
}

#[test]
#[ignore = "takes minutes: make check-all"]
fn debian() {
    let debs: Vec<_> = files(debian_packages(), ".deb");
    let debs: Vec<_> = debs.into_iter().filter(|deb| !deb.to_string_lossy().contains("-dbgsym_")).collect();
    let install = r#"
        mkdir "$COPY/tmp/debs"; cp "$@" "$COPY/tmp/debs"
        chroot "$COPY" sh -euc 'dpkg -i /tmp/debs/*.deb'"#;
    first_examples(install, "", "/usr/lib/x86_64-linux-gnu/libsdnotify", &debs);
}

#[test]
#[ignore = "compiles everything: make check-all"]
fn rpm() {
    let scratch = downloaded("rpm");
    let define = |name: &str, value: &Path| format!("--define={name} {}", value.display());
    let mut rpmbuild = tool("rpmbuild", &scratch);
    rpmbuild.arg("--load").arg(top().join("tests/packaging/fedora.macros"));
    // Debian's rpm has no data base of packages to look for cargo in.
    rpmbuild.args(["-ba", "--nodeps"]).arg(scratch.path("libsdnotify.spec"));
    rpmbuild.arg(define("_topdir", &scratch.path("rpm"))).arg(define("_sourcedir", scratch.dir()));
    run(rpmbuild.arg(define("_tmppath", scratch.dir())));
    let mut built = files(&scratch.path("rpm/RPMS").join(std::env::consts::ARCH), ".rpm");
    built.extend(files(&scratch.path("rpm/RPMS/noarch"), ".rpm"));
    assert_eq!((built.len(), files(&scratch.path("rpm/SRPMS"), ".rpm").len()), (7, 1), "{built:?}");

    let mut rpmlint = Command::new("rpmlint");
    rpmlint.arg("--strict").arg("--config").arg(top().join("tests/packaging/rpmlint.toml"));
    rpmlint.args(&built).args(files(&scratch.path("rpm/SRPMS"), ".rpm")).arg(scratch.path("libsdnotify.spec"));
    print!("{}", run(rpmlint.env("TMPDIR", scratch.dir())));

    let query = |what: &str| run(Command::new("rpm").args(["-qp", what]).args(&built));
    let libdir = run(Command::new("rpm").args(["--eval", "%{_libdir}"]));
    assert_all_in(&query("--list"), libdir.trim());
    let provides = query("--provides");
    for name in ["libsdnotify.so.0(LIBSYSTEMD_209)", "perl(Systemd::Daemon) =", "perl(Systemd::Journal)"] {
        assert!(provides.contains(name), "{name}:\n{provides}");
    }
    assert!(provides.contains("bundled(crate(clap)) = "), "{provides}");
    assert!(!provides.contains("libsystemd.so.0"), "the private library is offered to other packages:\n{provides}");
    // What is required is in these packages, or what every system has.
    for needed in query("--requires").lines() {
        let system =
            ["libc.so.6(", "libgcc_s.so.1(", "ld-linux-", "rtld(", "perl(", "python(abi)", "rpmlib(", "/usr/bin/"];
        let ours = provides.lines().any(|line| line.split(' ').next() == needed.split(' ').next());
        assert!(ours || system.iter().any(|name| needed.starts_with(name)), "{needed} is required");
    }
    for package in &built {
        let license = run(Command::new("rpm").args(["-qp", "--licensefiles"]).arg(package));
        let name = package.file_name().expect("a name").to_string_lossy().into_owned();
        if ["libsdnotify-0", "libsdnotify-static", "libsdnotify-compat", "sdnotify-0"]
            .iter()
            .any(|it| name.starts_with(it))
        {
            assert!(license.contains("/LICENSE\n") && license.contains(".txt\n"), "{name}: {license}");
            let unpack = "rpm2cpio \"$1\" | cpio --quiet --extract --to-stdout '*/licenses/*'";
            assert_licences(&name, &run(Command::new("sh").args(["-euc", unpack, "sh"]).arg(package)));
        }
    }

    // Its own data base, and none of this machine's.
    let install = r#"
        rpm="rpm --root=$COPY --dbpath=/var/lib/rpm"
        echo /usr/lib64 > "$COPY/etc/ld.so.conf.d/lib64.conf"
        $rpm --initdb
        $rpm --install --nodeps "$@"
        $rpm --verify --all --nodeps"#;
    let drop_in = format!("{}/libsdnotify", libdir.trim());
    first_examples(install, &format!("PKG_CONFIG_PATH={}/pkgconfig", libdir.trim()), &drop_in, &built);
}

#[test]
#[ignore = "compiles everything: make check-all"]
fn arch() {
    let scratch = downloaded("arch");
    // makepkg refuses to be root, and needs to be somebody in what it makes.
    let mut makepkg = tool("unshare", &scratch);
    makepkg.args(["--user", "--map-user=1000", "--map-group=1000", "makepkg", "--nodeps", "--noconfirm"]);
    run(&mut makepkg);
    let built = files(scratch.dir(), ".pkg.tar.gz");
    assert_eq!(built.len(), 4, "{built:?}");
    let mut listing = String::new();
    for package in &built {
        let list = run(Command::new("tar").arg("-tf").arg(package));
        let name = package.file_name().expect("a name").to_string_lossy().into_owned();
        assert!(list.contains("usr/share/licenses/"), "{name}:\n{list}");
        if !name.starts_with('p') {
            let mut texts = Command::new("tar");
            texts.args(["--wildcards", "--to-stdout", "-xf"]).arg(package).arg("usr/share/licenses/*");
            assert_licences(&name, &run(&mut texts));
        }
        listing += &list;
    }
    assert_all_in(&listing, "usr/lib");

    let install = r#"
        printf '[options]\nArchitecture = auto\nSigLevel = Never\n' > "$COPY/etc/pacman.conf"
        mkdir -p "$COPY/var/lib/pacman" "$COPY/var/cache/pacman/pkg"
        pacman --config "$COPY/etc/pacman.conf" --root "$COPY" --dbpath "$COPY/var/lib/pacman" --noconfirm --noprogressbar \
                --cachedir "$COPY/var/cache/pacman/pkg" --logfile "$COPY/var/log/pacman.log" --hookdir "$COPY/etc/pacman.d" \
                --assume-installed glibc=2 --assume-installed gcc-libs=1 --assume-installed perl=5 --assume-installed python=3 \
                --upgrade "$@""#;
    first_examples(install, "", "/usr/lib/libsdnotify", &built);
}

#[test]
#[ignore = "compiles everything: make check-all"]
fn alpine() {
    let scratch = downloaded("alpine");
    let mut shell = tool("busybox", &scratch);
    shell.args(["ash", "-eu"]).arg(top().join("tests/packaging/abuild-steps"));
    // Where Alpine's Perl has its modules.
    let perl = "/usr/lib/perl5/vendor_perl";
    run(shell.env("PERL_MM_OPT", format!("INSTALLVENDORARCH={perl} INSTALLVENDORLIB={perl}")));
    let built = files(&scratch.path("pkg"), ".tar.gz");
    assert_eq!(built.len(), 12, "{built:?}");
    let list = |package: &str| {
        let listing = run(Command::new("tar").arg("-tf").arg(scratch.path(&format!("pkg/{package}.tar.gz"))));
        let files: Vec<_> =
            listing.lines().filter(|line| !line.ends_with('/')).map(|line| line[2..].to_owned()).collect();
        files
    };
    let all: Vec<_> = ["libsdnotify", "libsdnotify-compat", "libsdnotify-dev", "libsdnotify-doc", "libsdnotify-static"]
        .into_iter()
        .chain(["sdnotify", "sdnotify-bash-completion", "sdnotify-fish-completion", "sdnotify-zsh-completion"])
        .flat_map(&list)
        .collect();
    assert_all_in(&all.join("\n"), "usr/lib");
    // What the others leave in the main package is the two libraries.
    let main = list("libsdnotify");
    let is_library =
        |file: &String| file.starts_with("usr/lib/libsdnotify.so.0") || file.starts_with("usr/lib/libsdjournal.so.0");
    assert!(main.len() == 4 && main.iter().all(is_library), "{main:?}");
    assert_eq!(list("libsdnotify-compat"), ["usr/lib/libsdnotify/libsystemd.so.0"]);
    assert_eq!(list("sdnotify"), ["usr/bin/sdnotify"]);
    assert!(list("perl-systemd-daemon").iter().any(|file| file.ends_with("/Systemd/Daemon.pm")));
    assert!(list("py3-libsdnotify").iter().any(|file| file.ends_with("/libsdnotify/journal.py")));

    let install = r#"for package; do tar -C "$COPY" --keep-directory-symlink -xzf "$package"; done"#;
    first_examples(install, &format!("PERL5LIB={perl}"), "/usr/lib/libsdnotify", &built);
}
