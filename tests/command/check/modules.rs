//! What programs load as they run.

use super::{check, check_in_time, compile};
use sdnotify_tests::tree::{Scratch, installed, run};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const LOADS: &str = "
    #include <dlfcn.h>
    int main(int count, char **words) { return count > 1 && !dlopen(words[1], RTLD_NOW); }";

fn module(scratch: &Scratch, name: &str, function: &str) -> PathBuf {
    let source = format!("int start() {{ return {function}(0); }}");
    compile(scratch, name, &source, &["-shared", "-fPIC", "-lsystemd"])
}

/// Its modules are in a directory that it names, and one of them wants what ours does not have. That is so: it fails to
/// load.
#[test]
fn the_modules_of_rsyslogd() {
    let (status, text, json) = check(&[Path::new("/usr/sbin/rsyslogd")]);
    assert!(
        status == 1 && text.starts_with("/usr/sbin/rsyslogd: NOT covered with all the modules that it may load\n"),
        "{text}"
    );
    assert!(text.contains("sd_journal_next@LIBSYSTEMD_209") && text.contains("/rsyslog/imjournal.so\n"), "{text}");
    assert!(!text.contains("omjournal.so"), "{text}");
    let target = &json["targets"][0];
    assert_eq!([&target["covered"], &target["covered_without_modules"], &target["certain"]], [false, true, false]);
    assert!(target["module_directories"][0].as_str().is_some_and(|place| place.ends_with("/rsyslog")), "{target}");

    let scratch = Scratch::new("check-rsyslogd");
    let takes = |configuration: &str| {
        let file = scratch.path("rsyslog.conf");
        fs::write(&file, configuration).expect("a file");
        let mut rsyslogd = Command::new("/usr/sbin/rsyslogd");
        rsyslogd.args(["-N1", "-f"]).arg(&file).env("LD_LIBRARY_PATH", installed().join("lib/libsdnotify"));
        rsyslogd.output().expect("rsyslogd").status.success()
    };
    let rest = "module(load=\"omjournal\")\n*.* action(type=\"omjournal\")\n";
    assert!(takes(rest) && !takes(&format!("module(load=\"imjournal\")\n{rest}")));
}

/// Where modules are by name, by convention, and by way of a library.
#[test]
fn where_modules_are_looked_for() {
    let scratch = Scratch::new("check-modules");
    let path = |name: &str| scratch.path(name).to_str().expect("UTF-8").to_owned();
    fs::create_dir_all(scratch.path("bin")).expect("a directory");
    let constant = |text: &str| format!("const char *volatile name = \"{text}\"; {LOADS}");
    for (place, source, flags) in [
        ("lib/hostd/x.so", LOADS.to_owned(), ""),
        ("lib/host/deep/er/x.so", LOADS.to_owned(), ""),
        ("modules/x.so", constant(&path("modules")), ""),
        ("modules/x.so", constant(&format!("/nonexistent:{}/", path("modules"))), ""),
        ("by/path/x.so", constant(&path("by/path/x.so")), ""),
        ("by/name/x.so", constant("x.so"), "-Wl,-rpath,$ORIGIN/../by/name"),
        ("by/both/x.so.1", constant(&format!("x.so.1\\0{}", path("by/both"))), ""),
    ] {
        let program = compile(&scratch, "bin/hostd", &source, &[if flags.is_empty() { "-O0" } else { flags }]);
        let (status, text, json) = check(&[&program]);
        assert!(status == 0 && text.contains("libsystemd as far as can be seen (3 files examined)\n"), "{text}");
        assert!(text.contains("  may load other files at run time, by dlopen(): "), "{text}");
        assert_eq!(json["targets"][0]["certain"], false);
        for (function, expected) in [("sd_booted", 0), ("sd_bus_default", 1)] {
            let file = module(&scratch, place, function);
            let (status, text, _) = check(&[&program]);
            assert!(status == expected && text.contains("modules examined: 1"), "{place}: {text}");
            let told = text.contains("covered unless it loads one of these");
            assert_eq!(told, expected == 1, "{place}: {text}");
            // It is what the program would load.
            run(Command::new(&program).arg(&file));
        }
        fs::remove_file(scratch.path(place)).expect("ours");
    }
    // The program itself does not call dlopen().
    let source = format!("int start(int count, char **words) {}", LOADS.split_once("words)").expect("a function").1);
    let source = format!("#include <dlfcn.h>\n{source}");
    let library = compile(&scratch, "lib/libload.so", &source, &["-shared", "-fPIC"]);
    let flags = [library.to_str().expect("UTF-8"), "-Wl,-rpath,$ORIGIN/../lib"];
    let program = compile(&scratch, "bin/hostd", "int main() { return start(0, 0); }", &flags);
    assert_eq!(check(&[&program]).0, 0);
    module(&scratch, "lib/hostd/x.so", "sd_bus_default");
    let (status, text, _) = check(&[&program]);
    assert!(status == 1 && text.contains("/lib/libload.so\n"), "{text}");
}

/// libsystemd itself is loaded, and functions are looked up by their names.
#[test]
fn functions_that_are_looked_up() {
    let scratch = Scratch::new("check-lookup");
    let program = |function: &str| {
        let source = format!(
            "#include <dlfcn.h>
             int main() {{ void *library = dlopen(\"libsystemd.so.0\", RTLD_NOW);
             return library && dlsym(library, \"{function}\") ? 0 : 1; }}"
        );
        compile(&scratch, "program", &source, &[])
    };
    for (function, expected) in [("sd_notify", 0), ("sd_bus_default", 1)] {
        let program = program(function);
        let (status, text, json) = check(&[&program]);
        assert!(status == expected && text.contains("may load libsystemd.so.0 at run time"), "{text}");
        assert!(text.contains(function) && json["targets"][0]["certain"] == false, "{text}");
        let ran = Command::new(&program).env("LD_LIBRARY_PATH", installed().join("lib/libsdnotify")).status();
        assert_eq!(ran.expect("it starts").code(), Some(expected), "{function}");
    }
}

/// A process has what it has loaded; it may load more.
#[test]
fn a_process_that_may_load_more() {
    let scratch = Scratch::new("check-later");
    let source = format!("{LOADS} int wait() {{ write(1, \".\", 1); for (;;) pause(); }}");
    let program = compile(&scratch, "program", &source.replace("return count", "wait(); return count"), &[]);
    let child = super::Running::start(&program);
    let pid = child.0.id().to_string();
    let (status, text, json) = check(&[Path::new(&pid)]);
    assert!(status == 0 && text.contains(", by dlopen(): ") && text.contains("/program\n"), "{text}");
    assert_eq!(json["targets"][0]["certain"], false);
}

/// A module that cannot be loaded for want of a library does no harm; one whose library the program has can.
#[test]
fn libraries_of_modules() {
    let scratch = Scratch::new("check-libraries");
    let inner = compile(&scratch, "inner/libinner.so", "int inner() { return 0; }", &["-shared", "-fPIC"]);
    let soname = ["-shared", "-fPIC", "-Wl,-soname,libinner.so"];
    compile(&scratch, "inner/libinner.so", "int inner() { return 0; }", &soname);
    let directory = format!("-L{}", scratch.path("inner").display());
    let flags = ["-shared", "-fPIC", "-lsystemd", &directory, "-linner"];
    compile(&scratch, "lib/hostd/x.so", "int x() { return inner() + sd_booted(); }", &flags);
    let program = compile(&scratch, "bin/hostd", LOADS, &[]);
    let (status, text, _) = check(&[&program]);
    assert!(status == 0 && text.contains("not found: libinner.so; cannot be loaded without it: "), "{text}");
    let keep =
        [inner.to_str().expect("UTF-8"), "-Wl,--no-as-needed", &directory, "-linner", "-Wl,-rpath,$ORIGIN/../inner"];
    let program = compile(&scratch, "bin/hostd", LOADS, &keep);
    let (status, text, _) = check(&[&program]);
    assert!(status == 0 && !text.contains("not found"), "{text}");
}

/// What is named may be anything.
#[test]
fn traps_among_modules() {
    let scratch = Scratch::new("check-traps");
    let path = |name: &str| scratch.path(name).to_str().expect("UTF-8").to_owned();
    fs::create_dir_all(scratch.path("modules")).expect("a directory");
    for fifo in ["modules/a.so", "b.so"] {
        run(Command::new("mkfifo").arg(scratch.path(fifo)));
    }
    std::os::unix::fs::symlink(".", scratch.path("modules/loop")).expect("a link");
    std::os::unix::fs::symlink("/dev/zero", scratch.path("modules/c.so")).expect("a link");
    fs::write(scratch.path("modules/d.so"), "\x7fELF").expect("a file");
    let texts =
        [path("modules"), path("b.so"), "/dev/zero".into(), "/dev".into(), "/proc".into(), "/proc/self/fd".into()];
    let constants: String = texts.iter().map(|text| format!("\"{text}\",")).collect();
    let source = format!("const char *names[] = {{ {constants} }}; {LOADS}");
    let program = compile(&scratch, "program", &source, &["-O0"]);
    assert_eq!(check_in_time(&[&program]), 0);
}
