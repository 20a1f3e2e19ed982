//! The build in the hands of strangers: their settings, their paths, their habits. Each test has a copy of the sources, and
//! what cargo has built of other people's crates.

use sdnotify_tests::built::{COMMAND, DEVELOPMENT, LIBRARIES, share_crates};
use sdnotify_tests::tree::{Scratch, compile, run, top};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The variables that settings of the person who runs the tests could come by.
const SETTINGS: [&str; 9] = [
    "CARGO_BUILD_TARGET",
    "CARGO_BUILD_TARGET_DIR",
    "CARGO_TARGET_DIR",
    "CFLAGS",
    "DESTDIR",
    "LDFLAGS",
    "MAKEFLAGS",
    "MFLAGS",
    "PREFIX",
];

/// Copies the sources as they are in the checkout, without what was built there.
fn sources(to: &Path) {
    std::fs::create_dir_all(to).expect("a directory");
    let copy = "git ls-files -z --cached --others --exclude-standard | xargs -0 cp --parents -t \"$0\"";
    run(Command::new("sh").args(["-ec", copy]).arg(to).current_dir(top()));
}

/// A checkout in which the libraries can be built in a moment.
fn fresh_checkout(directory: &Path) {
    sources(directory);
    share_crates(LIBRARIES, &directory.join("target"));
}

/// `make` in a directory, without the command unless it is asked for.
fn make(directory: &Path) -> Command {
    let mut make = Command::new("make");
    make.current_dir(directory);
    SETTINGS.iter().for_each(|name| {
        make.env_remove(name);
    });
    make
}

fn libraries(directory: &Path) -> Command {
    let mut make = make(directory);
    make.arg("COMMAND=no");
    make
}

fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// What a command says that has to fail.
fn refused(command: &mut Command) -> String {
    let output = command.output().expect("it starts");
    assert!(!output.status.success(), "{command:?} succeeds:\n{}", text(&output));
    text(&output)
}

/// The files below a directory, relative to it, in order.
fn files(directory: &Path) -> Vec<String> {
    let list = run(Command::new("find").args([".", "-type", "f", "-o", "-type", "l"]).current_dir(directory));
    let mut list: Vec<String> = list.lines().map(str::to_owned).collect();
    list.sort();
    list
}

fn host() -> String {
    let version = run(Command::new("rustc").arg("-vV"));
    let host = version.lines().find_map(|line| line.strip_prefix("host: "));
    host.expect("rustc names its host").to_owned()
}

fn is_library(path: &Path) {
    let symbols = run(Command::new("readelf").args(["-W", "--dyn-syms"]).arg(path));
    assert!(symbols.contains("sd_notifyf@@LIBSYSTEMD_209"), "{}:\n{symbols}", path.display());
}

/// In a fresh clone, before any `make`: cargo's own commands, and the library that they make, as INSTALL.md has it.
#[test]
fn cargo_alone() {
    let scratch = Scratch::new("build");
    fresh_checkout(scratch.dir());
    share_crates(DEVELOPMENT, &scratch.path("target"));
    let command = |line: &str| {
        let mut shell = Command::new("sh");
        shell.args(["-ec", line]).current_dir(scratch.dir());
        SETTINGS.iter().for_each(|name| {
            shell.env_remove(name);
        });
        shell
    };
    run(&mut command("cargo build --workspace --quiet --locked"));
    let tests = run(&mut command("cargo test --workspace --quiet --locked -- --list"));
    let count = tests.lines().filter(|line| line.ends_with(": test")).count();
    assert!(count > 100, "{count} tests");
    // Those of the C boundary need a moment only; 30-library runs all.
    run(&mut command("cargo test --package libsdnotify --quiet --locked"));

    let guide = std::fs::read_to_string(scratch.path("INSTALL.md")).expect("INSTALL.md");
    let (_, snippet) = guide.split_once("### From a checkout").expect("the section");
    let snippet = snippet.split("```").nth(1).and_then(|block| block.split_once('\n')).expect("a block").1;
    std::fs::copy(top().join("tests/c/consumer.c"), scratch.path("service.c")).expect("a copy");
    run(&mut command(snippet));
    run(Command::new(scratch.path("a.out")).env_remove("NOTIFY_SOCKET").env_remove("LD_LIBRARY_PATH"));
    let needed = run(Command::new("readelf").args(["-W", "-d"]).arg(scratch.path("a.out")));
    assert!(needed.contains("[libsdnotify.so.0]"), "{needed}");
}

#[test]
fn any_characters_in_paths() {
    let scratch = Scratch::new("build");
    let checkout = scratch.path("check out");
    sources(&checkout);
    let before = files(&checkout);
    let built = scratch.path("car go");
    share_crates(LIBRARIES, &built);
    share_crates(COMMAND, &built);
    let stage = scratch.path("sta ge");
    let prefix = "/opt/a b & c|d'e";
    run(make(&checkout)
        .env("CARGO_TARGET_DIR", built)
        .arg("install")
        // Half a minute less, with the same result.
        .arg("CARGO_FLAGS=--locked --config profile.command.package.sdnotify-cli.opt-level=0")
        .arg(format!("DESTDIR={}", stage.display()))
        .arg(format!("PREFIX={prefix}")));
    let pc =
        std::fs::read_to_string(stage.join(&prefix[1..]).join("lib/pkgconfig/libsdnotify.pc")).expect("a .pc file");
    assert!(pc.starts_with(&format!("prefix={prefix}\nlibdir={prefix}/lib\n")), "{pc}");
    assert!(stage.join(&prefix[1..]).join("bin/sdnotify").exists());
    let manual =
        std::fs::read_to_string(stage.join(&prefix[1..]).join("share/man/man3/libsdnotify.3")).expect("a page");
    assert!(!manual.contains("@PREFIX@") && !manual.contains("DIR@") && !manual.contains("VERSION@"), "{manual}");
    let left: Vec<_> = files(&checkout).into_iter().filter(|file| !file.starts_with("./target/")).collect();
    assert_eq!(left, before, "nothing is left in the checkout");
}

#[test]
fn a_program_by_pkg_config_from_a_prefix_with_a_space() {
    let scratch = Scratch::new("build");
    let checkout = scratch.path("checkout");
    fresh_checkout(&checkout);
    let prefix = scratch.path("pre fix");
    let output = run(libraries(&checkout).arg("install").arg(format!("PREFIX={}", prefix.display())));
    let path = prefix.join("lib/pkgconfig");
    assert!(output.contains(&format!("export PKG_CONFIG_PATH='{}'", path.display())), "{output}");
    assert!(output.contains("LD_LIBRARY_PATH"), "{output}");
    let build = "eval cc -o \"$0\" \"$1\" $(pkg-config --cflags --libs libsdnotify)";
    let program = scratch.path("consumer");
    run(Command::new("sh")
        .args(["-ec", build])
        .arg(&program)
        .arg(top().join("tests/c/consumer.c"))
        .env("PKG_CONFIG_PATH", &path));
    run(Command::new(&program).env("LD_LIBRARY_PATH", prefix.join("lib")).env_remove("NOTIFY_SOCKET"));

    let removed = files(&prefix).len();
    run(libraries(&checkout).arg("uninstall").arg(format!("PREFIX={}", prefix.display())));
    assert!(removed > 8);
    assert_eq!(files(&prefix), [""; 0], "uninstall removes all that install put there");
}

/// Where cargo's files go is cargo's to say, and a library that was built there before is not taken for a new one.
#[test]
fn settings_of_cargo() {
    let scratch = Scratch::new("build");
    let checkout = scratch.path("checkout");
    sources(&checkout);
    let library = checkout.join("target/c/libsystemd.so.0");
    let build = |name: &str, value: &str| {
        std::fs::remove_dir_all(checkout.join("target/c")).unwrap_or_default();
        run(libraries(&checkout).env(name, value));
    };
    let elsewhere = scratch.path("elsewhere");
    let (other, configured) = (scratch.path("other"), checkout.join("built"));
    for target in [&elsewhere, &other, &configured] {
        share_crates(LIBRARIES, target);
    }
    build("CARGO_TARGET_DIR", elsewhere.to_str().expect("text"));
    is_library(&library);
    assert!(!checkout.join("target/release").exists());
    share_crates(LIBRARIES, &checkout.join("target"));

    // Now a changed source.
    let old = std::fs::read(&library).expect("a library");
    let change = "grep -rl BARRIER=1 src engine | xargs sed -i s/BARRIER=1/BARRIER=2/";
    run(Command::new("sh").args(["-ec", change]).current_dir(&checkout));
    run(libraries(&checkout).env("CARGO_TARGET_DIR", &elsewhere));
    assert!(std::fs::read(&library).expect("a library") != old, "the library is built anew");

    build("CARGO_BUILD_TARGET_DIR", other.to_str().expect("text"));
    is_library(&library);
    std::fs::create_dir(checkout.join(".cargo")).expect("a directory");
    std::fs::write(checkout.join(".cargo/config.toml"), "[build]\ntarget-dir = \"built\"\n").expect("a file");
    build("CARGO_TERM_QUIET", "true");
    is_library(&library);
    let host = host();
    std::fs::write(checkout.join(".cargo/config.toml"), format!("[build]\ntarget = \"{host}\"\n")).expect("a file");
    build("CARGO_TERM_QUIET", "true");
    is_library(&library);
    run(libraries(&checkout).env("CARGO_BUILD_TARGET", &host));
    is_library(&checkout.join(format!("target/c-{host}/libsystemd.so.0")));
}

#[test]
fn flags_of_distributions() {
    for flags in ["-flto", "-O2 -flto=auto -ffat-lto-objects -fstack-protector-strong"] {
        let scratch = Scratch::new("build");
        fresh_checkout(scratch.dir());
        run(libraries(scratch.dir()).env("CFLAGS", flags).env("LDFLAGS", "-Wl,-z,pack-relative-relocs -flto=auto"));
        is_library(&scratch.path("target/c/libsystemd.so.0"));
        run(Command::new("cargo")
            .args(["build", "--release", "--quiet"])
            .current_dir(scratch.dir())
            .env("CFLAGS", flags));
    }
}

/// What was built for another architecture is not installed as this one's, nor the other way round.
#[test]
fn one_directory_for_each_architecture() {
    let scratch = Scratch::new("build");
    fresh_checkout(scratch.dir());
    let host = host();
    let cross = format!("CARGO_TARGET={host}");
    // A compiler with an option is no name of a program; symbol tables tell the two builds apart.
    run(libraries(scratch.dir()).args([cross.as_str(), "CC=cc -O1", "STRIP_FLAG="]));
    let stage = |name: &str| format!("DESTDIR={}", scratch.path(name).display());
    run(libraries(scratch.dir()).args(["install", "PREFIX=/usr", &stage("native")]));
    run(libraries(scratch.dir()).args(["install", "PREFIX=/usr", &stage("cross"), &cross]));
    let size = |name: &str| std::fs::metadata(scratch.path(name).join("usr/lib/libsdnotify.so.0")).expect(name).len();
    assert!(size("native") < size("cross"), "{} {}", size("native"), size("cross"));
    let linked = format!("target/c-{host}/libsdnotify.so.0");
    assert_eq!(size("cross"), std::fs::metadata(scratch.path(&linked)).expect("a library").len());
}

/// `make` as a user, then `sudo make install` where root has no cargo.
#[test]
fn installation_without_cargo() {
    let scratch = Scratch::new("build");
    fresh_checkout(scratch.dir());
    run(&mut libraries(scratch.dir()));
    let install = |word: &str| {
        let mut make = libraries(scratch.dir());
        make.args([word, "CARGO=no-cargo-here", "PREFIX=/usr"]);
        make.arg(format!("DESTDIR={}", scratch.path("stage").display()));
        make
    };
    run(&mut install("install-strip"));
    assert!(scratch.path("stage/usr/lib/libsdnotify.so.0").exists());
    // Not with libraries that are older than their sources.
    run(Command::new("touch").arg("src/lib.rs").current_dir(scratch.dir()));
    let message = refused(&mut install("install"));
    assert!(message.contains("no-cargo-here: no such program. Rust 1.88 or newer is needed"), "{message}");
}

#[test]
fn an_old_cargo_is_named() {
    let scratch = Scratch::new("build");
    sources(scratch.dir());
    let old = scratch.path("old-cargo");
    std::fs::write(&old, "#!/bin/sh\necho 'cargo 1.65.0 (Debian 12)'\n").expect("a script");
    run(Command::new("chmod").arg("+x").arg(&old));
    let message = refused(libraries(scratch.dir()).arg(format!("CARGO={}", old.display())));
    assert!(message.contains("is version 1.65.0. Rust 1.88 or newer is needed (https://rustup.rs"), "{message}");
    assert!(!message.contains("edition"), "{message}");
}

/// In another directory, and with sources that cannot be written to.
#[test]
fn out_of_tree() {
    let scratch = Scratch::new("build");
    let checkout = scratch.path("checkout");
    sources(&checkout);
    let read_only = "mount --bind \"$0\" \"$0\"; mount -o remount,bind,ro \"$0\"; shift 0; exec \"$@\"";
    let beside = scratch.path("build");
    std::fs::create_dir(&beside).expect("a directory");
    share_crates(LIBRARIES, &beside.join("target/cargo"));
    share_crates(LIBRARIES, &beside.join("two/cargo"));
    for make in [
        vec!["-f".to_owned(), checkout.join("Makefile").display().to_string()],
        vec!["-C".to_owned(), checkout.display().to_string(), format!("BUILDDIR={}/two", beside.display())],
    ] {
        let mut unshare = Command::new("unshare");
        unshare.args(["--user", "--map-root-user", "--mount", "sh", "-ec", read_only]).arg(&checkout);
        unshare.args(["make", "COMMAND=no"]).args(&make).current_dir(&beside);
        SETTINGS.iter().for_each(|name| {
            unshare.env_remove(name);
        });
        run(&mut unshare);
    }
    for library in ["target/c/libsystemd.so.0", "two/c/libsystemd.so.0"] {
        is_library(&beside.join(library));
    }
    assert!(!checkout.join("target").exists());
    let message = refused(libraries(&checkout).arg("BUILDDIR=/tmp/a b"));
    assert!(message.contains("BUILDDIR='/tmp/a b'"), "{message}");
}

/// The targets that people type, and that `make help` tells of.
#[test]
fn targets() {
    let scratch = Scratch::new("build");
    fresh_checkout(scratch.dir());
    let help = run(libraries(scratch.dir()).arg("help"));
    for target in
        ["all", "install", "install-strip", "uninstall", "check", "test", "demo", "clean", "distclean", "help"]
    {
        run(libraries(scratch.dir()).args(["-n", target]));
        assert!(target == "all" || help.contains(target), "{target}:\n{help}");
    }
    run(&mut libraries(scratch.dir()));
    run(libraries(scratch.dir()).arg("distclean"));
    assert!(!scratch.path("target").exists());
}

/// The archive is linked into programs statically by C compilers that have never heard of Rust.
#[test]
fn the_static_archive_alone() {
    let scratch = Scratch::new("build");
    let archive = sdnotify_tests::tree::installed().join("lib/libsdnotify.a");
    let undefined = run(Command::new("nm").arg("--undefined-only").arg(&archive));
    assert!(
        !undefined.contains("_ZN") && !undefined.contains("_R") && !undefined.contains("get_pc_thunk"),
        "{undefined}"
    );
    let arguments =
        [format!("-I{}", top().join("include").display()), "-static".to_owned(), archive.display().to_string()];
    let program: PathBuf = compile("cc", &scratch, &["consumer.c"], &arguments);
    run(Command::new(program).env_remove("NOTIFY_SOCKET"));
}

/// What cargo would find out is of no use where make does not ask it: each file that the command's sources take in is a
/// reason to make the manual page again.
#[test]
fn the_manual_page_is_as_new_as_its_sources() {
    let scratch = Scratch::new("build");
    sources(scratch.dir());
    let output = scratch.path("target/c");
    std::fs::create_dir_all(output.join("pages")).expect("a directory");
    for made in ["sdnotify-pages", "pages/sdnotify.1"] {
        std::fs::write(output.join(made), "").expect("a file");
    }
    let is_new = |changed: &str| {
        let status = make(scratch.dir()).args(["-q", "-W", changed, "target/c/pages/sdnotify.1"]).status();
        status.expect("make").code() == Some(0)
    };
    assert!(is_new("README.md"), "made a moment ago");
    let included = run(Command::new("git").args(["grep", "-ho", "include_str!(\"[^\"]*\")", "cli"]).current_dir(top()));
    let included: Vec<_> = included.lines().filter_map(|line| line.split('"').nth(1)).collect();
    assert!(!included.is_empty());
    for name in included.iter().chain(&["src/args.rs", "src/timespan.rs", "Cargo.toml", "pages.rs"]) {
        assert!(!is_new(&format!("cli/{name}")), "{name}");
    }
}
