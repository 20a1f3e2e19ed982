//! The installed tree, as programs and packagers use it.

use sdnotify_tests::receiver::Receiver;
use sdnotify_tests::tree::{Scratch, compile, installed, pkg_config, run, top};
use std::path::Path;
use std::process::Command;

/// What the consumer prints where no service manager is, and how many messages it sent.
fn check(consumer: &Path, library_path: &str) {
    let receiver = Receiver::abstract_name();
    let output = run(Command::new(consumer)
        .env("NOTIFY_SOCKET", receiver.address())
        .env("LD_LIBRARY_PATH", library_path)
        .env_remove("WATCHDOG_USEC"));
    let ebadf = -libc::EBADF;
    let refused = vec![ebadf.to_string(); 8].join(" ");
    assert_eq!(output, format!("8 0 7 0 0 {refused} 3 1 <0><1><2><3><4><5><6><7>\n"));
    let texts: Vec<String> = (0..6).map(|_| receiver.next().text()).collect();
    assert_eq!(texts, ["READY=1", "STATUS=number 42", "STATUS=two", "STATUS=3", "FDSTORE=1", "FDSTORE=1"]);
    assert_eq!(receiver.next().text(), "BARRIER=1");
    assert_eq!(receiver.next().text(), "BARRIER=1");
    assert!(receiver.is_empty());
}

/// The libraries that a program needs.
fn needed(program: &Path) -> Vec<String> {
    let dynamic = run(Command::new("readelf").args(["-W", "-d"]).arg(program));
    let lines = dynamic.lines().filter(|line| line.contains("(NEEDED)"));
    lines.filter_map(|line| Some(line.split_once('[')?.1.trim_end_matches(']').to_owned())).collect()
}

#[test]
fn a_program_by_pkg_config() {
    let scratch = Scratch::new("install");
    let lib = installed().join("lib");
    for package in ["libsdnotify", "libsystemd"] {
        let consumer = compile("cc", &scratch, &["consumer.c"], &pkg_config(package, &["--cflags", "--libs"]));
        assert!(needed(&consumer).contains(&"libsdnotify.so.0".to_owned()));
        check(&consumer, lib.to_str().expect("text"));
    }
    assert_eq!(pkg_config("libsystemd", &["--modversion"]), ["262"], "an unpatched configure asks for it");
    assert!(!pkg_config("libsdnotify", &["--modversion"]).is_empty());
}

/// Whichever way it asks for libsystemd, a program gets the libraries whose functions it calls, and no others.
#[test]
fn a_program_needs_what_it_calls() {
    let scratch = Scratch::new("needs");
    let source = scratch.path("program.c");
    let private = format!("-L{}", installed().join("lib/libsdnotify").display());
    let by_name = [pkg_config("libsystemd", &["--cflags"]), vec![private, "-lsystemd".to_owned()]].concat();
    let by_pkg_config = pkg_config("libsystemd", &["--cflags", "--libs"]);
    let (notify, journal) = ("sd_notify(0, \"READY=1\")", "sd_journal_send(\"A=b\", NULL)");
    for (call, libraries) in [
        (notify.to_owned(), &["libsdnotify.so.0"][..]),
        (journal.to_owned(), &["libsdjournal.so.0"]),
        (format!("{notify} + {journal}"), &["libsdnotify.so.0", "libsdjournal.so.0"]),
    ] {
        let text = "#include <stddef.h>\n#include <systemd/sd-daemon.h>\n#include <systemd/sd-journal.h>\n";
        std::fs::write(&source, format!("{text}int main(void) {{ return {call}; }}\n")).expect("a source");
        for arguments in [&by_name, &by_pkg_config] {
            let program = scratch.path("program");
            run(Command::new("cc").arg(&source).arg("-o").arg(&program).args(arguments));
            let mut needed = needed(&program);
            needed.retain(|library| library != "libc.so.6");
            assert_eq!(needed, libraries, "{call}: {arguments:?}");
        }
    }
}

#[test]
fn a_program_linked_statically() {
    let scratch = Scratch::new("static");
    for compiler in ["cc", "musl-gcc"] {
        let mut arguments = pkg_config("libsdnotify", &["--cflags"]);
        arguments.push("-static".to_owned());
        arguments.push(installed().join("lib/libsdnotify.a").display().to_string());
        let consumer = compile(compiler, &scratch, &["consumer.c"], &arguments);
        assert!(needed(&consumer).is_empty(), "{compiler}");
        check(&consumer, "");
    }
}

/// Built against libsystemd, run on ours: the loader finds every symbol with its version, and does not warn.
#[test]
fn a_program_built_for_libsystemd() {
    let scratch = Scratch::new("drop-in");
    let source = scratch.path("old.c");
    // What libsystemd 252 has.
    std::fs::write(
        &source,
        "#include <systemd/sd-daemon.h>\n\
         int main(void) { return sd_notifyf(0, \"READY=%d\", 1) == 1 && sd_notify_barrier(0, 0) && !sd_listen_fds(0) \
         && !sd_watchdog_enabled(0, 0) && sd_is_socket_sockaddr(-1, 0, 0, 0, 0) < 0 && sd_pid_notify(0, 0, \"\") == 1 \
         ? 0 : 1; }\n",
    )
    .expect("a source");
    let program = scratch.path("old");
    run(Command::new("cc").arg(&source).arg("-o").arg(&program).arg("-lsystemd"));
    assert!(needed(&program).contains(&"libsystemd.so.0".to_owned()));
    let receiver = Receiver::abstract_name();
    let output = Command::new(&program)
        .env("LD_LIBRARY_PATH", installed().join("lib/libsdnotify"))
        .env("LD_DEBUG", "libs,versions")
        .env("NOTIFY_SOCKET", receiver.address())
        .output()
        .expect("the program");
    let trace = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{trace}");
    let ours = installed().join("lib/libsdnotify/libsystemd.so.0");
    assert!(
        trace.contains(&format!("calling init: {}", ours.display())) || trace.contains(ours.to_str().expect("text"))
    );
    assert!(trace.contains("LIBSYSTEMD_246") && !trace.contains("no version information"), "{trace}");
    assert_eq!(receiver.next().text(), "READY=1");
}

#[test]
fn make_install_honours_its_variables() {
    let scratch = Scratch::new("destdir");
    let stage = scratch.path("stage");
    run(Command::new("make").current_dir(top()).arg("install").arg(format!("DESTDIR={}", stage.display())).args([
        "PREFIX=/opt/x",
        "LIBDIR=/opt/x/lib/multi",
        "INCLUDEDIR=/opt/x/inc",
    ]));
    for file in [
        "lib/multi/libsdnotify.so",
        "lib/multi/libsdnotify.so.0",
        "lib/multi/libsdnotify.a",
        "lib/multi/libsdjournal.so",
        "lib/multi/libsdjournal.so.0",
        "lib/multi/libsdjournal.a",
        "lib/multi/libsdnotify/libsystemd.a",
        "lib/multi/libsdnotify/libsystemd.so",
        "lib/multi/libsdnotify/libsystemd.so.0",
        "lib/multi/pkgconfig/libsdnotify.pc",
        "lib/multi/cmake/libsdnotify/libsdnotify-config.cmake",
        "lib/multi/libsdnotify/pkgconfig/libsystemd.pc",
        "lib/multi/pkgconfig/libsdjournal.pc",
        "inc/libsdnotify/systemd/sd-daemon.h",
        "inc/libsdnotify/systemd/sd-journal.h",
        "inc/libsdnotify/sdnotify.h",
        "inc/libsdnotify/sdnotify.ffi.h",
    ] {
        assert!(stage.join("opt/x").join(file).exists(), "{file}");
    }
    let pc = std::fs::read_to_string(stage.join("opt/x/lib/multi/pkgconfig/libsdnotify.pc")).expect("a .pc file");
    assert!(pc.contains("libdir=/opt/x/lib/multi\n") && pc.contains("includedir=/opt/x/inc/libsdnotify\n"), "{pc}");
    assert!(!pc.contains(stage.to_str().expect("text")), "DESTDIR is not in it");
}

/// What an older version installed there as a link is replaced, and not written through.
#[test]
fn over_a_link_of_an_older_version() {
    let scratch = Scratch::new("over-a-link");
    let prefix = scratch.path("prefix");
    let private = prefix.join("lib/libsdnotify");
    std::fs::create_dir_all(&private).expect("a directory");
    std::os::unix::fs::symlink("../libsdnotify.so", private.join("libsystemd.so")).expect("a link");
    let set = format!("PREFIX={}", prefix.display());
    run(Command::new("make").current_dir(top()).args(["install-libraries", "DESTDIR=", &set]).env_remove("MAKEFLAGS"));
    let library = std::fs::read(prefix.join("lib/libsdnotify.so.0")).expect("the library");
    assert!(library.starts_with(b"\x7fELF"), "{}", String::from_utf8_lossy(&library[..library.len().min(300)]));
    assert!(!private.join("libsystemd.so").is_symlink());
}
