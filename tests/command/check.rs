//! `sdnotify check`: programs that need more or less of libsystemd.

mod modules;
mod scripts;

use sdnotify_tests::command::{field, sdnotify, texts};
use sdnotify_tests::tree::{Scratch, run};
use serde_json::Value;
use std::fs;
use std::io::Read;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};

/// Compiles a text; the file.
fn compile(scratch: &Scratch, name: &str, source: &str, flags: &[&str]) -> PathBuf {
    let (text, file) = (scratch.path("source.c"), scratch.path(name));
    fs::create_dir_all(file.parent().expect("a directory")).expect("a directory");
    fs::write(&text, source).expect("a source");
    let mut command = Command::new("cc");
    run(command.arg("-Wno-implicit-function-declaration").arg("-o").arg(&file).arg(&text).args(flags));
    file
}

fn check(arguments: &[&Path]) -> (i32, String, Value) {
    let output = sdnotify().arg("check").args(arguments).output().expect("sdnotify");
    let json = sdnotify().arg("check").arg("--json").args(arguments).output().expect("sdnotify");
    assert_eq!(output.status, json.status);
    let value = serde_json::from_slice(&json.stdout).expect("JSON");
    (output.status.code().expect("an exit status"), texts(&output).0, value)
}

#[test]
fn enough_and_not_enough() {
    let scratch = Scratch::new("check");
    let good =
        compile(&scratch, "good", "int main() { return sd_notify(0, \"READY=1\") + sd_booted(); }", &["-lsystemd"]);
    let (status, text, json) = check(&[&good]);
    assert_eq!((status, text), (0, format!("{}: covered: sd_booted sd_notify\n", good.display())));
    assert_eq!(json["targets"][0]["covered"], true);

    let bad = compile(&scratch, "bad", "int main() { return sd_notify(0, \"\") + sd_bus_default(0); }", &["-lsystemd"]);
    let (status, text, json) = check(&[&good, &bad]);
    assert_eq!(status, 1);
    assert!(text.contains(&format!("missing sd_bus_default@LIBSYSTEMD_221, needed by {}\n", bad.display())), "{text}");
    assert!(text.contains("speaks D-Bus"), "{text}");
    assert_eq!(json["targets"][1]["missing"][0]["symbol"], "sd_bus_default");

    let (status, text, _) = check(&[Path::new("/bin/true")]);
    assert!(status == 0 && text.contains("imports nothing from libsystemd"), "{text}");
}

#[test]
fn weak_symbols_may_be_missing() {
    let scratch = Scratch::new("check-weak");
    let source =
        "__attribute__((weak)) int sd_bus_default(void *); int main() { return sd_bus_default ? 0 : sd_booted(); }";
    let (status, text, _) = check(&[&compile(&scratch, "weak", source, &["-lsystemd"])]);
    assert!(status == 0 && text.contains("weak: may stay undefined"), "{text}");
}

/// A program that is fine, with a library in a directory of its own that is not.
#[test]
fn libraries_that_a_program_loads() {
    let scratch = Scratch::new("check-library");
    let inner = compile(
        &scratch,
        "lib/inner/libinner.so",
        "int inner() { return sd_journal_next(0); }",
        &["-shared", "-fPIC", "-lsystemd"],
    );
    let inner_dir = format!("-L{}", scratch.path("lib/inner").display());
    let outer = |runpath: &str| {
        let flags = ["-shared", "-fPIC", &inner_dir, "-linner", runpath];
        compile(&scratch, "lib/libouter.so", "int inner(void); int outer() { return inner(); }", &flags)
    };
    outer("-Wl,-rpath,$ORIGIN/inner,--enable-new-dtags");
    let outer_dir = format!("-L{}", scratch.path("lib").display());
    let program = |rpath: &str| {
        let flags = [&outer_dir, "-louter", rpath, "-Wl,--allow-shlib-undefined"];
        compile(&scratch, "program", "int outer(void); int main() { return outer(); }", &flags)
    };

    let path = program("-Wl,-rpath,$ORIGIN/lib,--enable-new-dtags");
    let (status, text, _) = check(&[&path]);
    assert_eq!(status, 1, "{text}");
    let wanted = format!("needed by {}", inner.canonicalize().expect("there").display());
    assert!(text.contains("missing sd_journal_next@LIBSYSTEMD_209") && text.contains(&wanted), "{text}");

    // DT_RPATH goes for the libraries of libraries too, DT_RUNPATH does not.
    outer("-Wl,--disable-new-dtags");
    program("-Wl,-rpath,$ORIGIN/lib:${ORIGIN}/lib/inner,--disable-new-dtags");
    assert_eq!(check(&[&path]).0, 1);
    program("-Wl,-rpath,$ORIGIN/lib:$ORIGIN/lib/inner,--enable-new-dtags");
    let (status, text, json) = check(&[&path]);
    assert_eq!(status, 2, "{text}");
    assert!(text.contains("not found, so not examined: libinner.so, needed by "), "{text}");
    assert_eq!(json["targets"][0]["complete"], false);

    // And $LD_LIBRARY_PATH makes up for it.
    let output = sdnotify().arg("check").arg(&path).env("LD_LIBRARY_PATH", scratch.path("lib/inner")).output();
    assert_eq!(output.expect("sdnotify").status.code(), Some(1));

    // In a directory named as a whole all that is there counts as installed, wherever that will be.
    program("-Wl,-rpath,/usr/lib/somewhere,--enable-new-dtags");
    let (status, text, json) = check(&[&scratch.path("")]);
    assert_eq!(status, 1, "{text}");
    assert_eq!(json["targets"][0]["not_found"], Value::Array(Vec::new()), "{text}");
}

/// What the dynamic linker itself finds for the programs of this machine.
#[test]
fn as_the_dynamic_linker_does() {
    for program in ["/usr/bin/systemctl", "/usr/bin/perl", "/bin/bash", "/usr/bin/apt-get"] {
        let (_, _, json) = check(&[Path::new(program)]);
        let listed = run(Command::new("ldd").arg(program));
        // Without the kernel's own, and libsystemd with what only it needs.
        let found = json["targets"][0]["files"].as_u64().expect("a number") - 1;
        let (mut all, mut of_libsystemd) = (listed.lines().filter(|line| line.contains('/')).count() as u64, 0);
        if listed.contains("libsystemd.so.0") {
            of_libsystemd = all - found;
            all = found;
        }
        assert!(found == all && of_libsystemd < 12, "{program}: {found} files, {listed}");
        assert_eq!(json["targets"][0]["complete"], true, "{program}: {json}");
    }
}

#[test]
fn a_process() {
    let scratch = Scratch::new("check-process");
    let source = "int main() { write(1, \".\", 1); if (!sd_booted()) sd_event_default(0); for (;;) pause(); }";
    let program = compile(&scratch, "running", source, &["-lsystemd", "-Wl,-z,lazy"]);
    let child = Running::start(&program);
    let pid = child.0.id().to_string();
    let (status, text, json) = check(&[Path::new(&pid)]);
    assert_eq!(status, 1, "{text}");
    assert!(text.contains("missing sd_event_default"), "{text}");
    assert_eq!(field(&json["targets"][0], "target"), pid);
}

/// Nobody writes to the FIFO, so that who opens it waits indefinitely.
#[test]
fn a_fifo_in_the_way() {
    let scratch = Scratch::new("check-fifo");
    let fifo = |path: PathBuf| {
        let _ = fs::remove_file(&path);
        run(Command::new("mkfifo").arg(&path));
    };
    fs::create_dir(scratch.path("lib")).expect("a directory");
    let library = compile(
        &scratch,
        "lib/libinner.so",
        "int inner() { return 0; }",
        &["-shared", "-fPIC", "-Wl,-soname,libinner.so"],
    );
    let flags = [library.to_str().expect("UTF-8"), "-Wl,-rpath,$ORIGIN/lib"];
    let program = compile(&scratch, "program", "int inner(void); int main() { return inner(); }", &flags);
    let absolute = compile(&scratch, "lib/libpath.so", "int path() { return 0; }", &["-shared", "-fPIC"]);
    let by_path = compile(
        &scratch,
        "by-path",
        "int path(void); int main() { return path(); }",
        &[absolute.to_str().expect("UTF-8"), "-Wl,--no-as-needed"],
    );
    assert_eq!((check(&[&program]).0, check(&[&by_path]).0), (0, 0));
    fifo(library);
    fifo(absolute);
    fifo(scratch.path("fifo"));
    assert_eq!(check_in_time(&[&program]), 2);
    assert_eq!(check_in_time(&[&by_path]), 2);
    assert_eq!(check_in_time(&[&scratch.path("fifo")]), 2);
    assert_eq!(check_in_time(&[&scratch.path("")]), 2);
}

/// A process has mapped a file that is a FIFO by now.
#[test]
fn a_process_that_maps_a_fifo() {
    let scratch = Scratch::new("check-map");
    let program = compile(&scratch, "program", "int main() { write(1, \".\", 1); for (;;) pause(); }", &[]);
    let child = Running::start(&program);
    let pid = child.0.id().to_string();
    fs::remove_file(&program).expect("ours");
    run(Command::new("mkfifo").arg(scratch.path("program (deleted)")));
    assert_eq!(check_in_time(&[Path::new(&pid)]), 2);
}

/// A process that does not end by itself.
struct Running(Child);

impl Running {
    /// Starts a program that writes a byte when it has loaded everything.
    fn start(program: &Path) -> Running {
        let mut child = Running(Command::new(program).stdout(Stdio::piped()).spawn().expect("it starts"));
        child.0.stdout.take().expect("piped").read_exact(&mut [0]).expect("a byte");
        child
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The exit status, and none after a minute.
fn check_in_time(arguments: &[&Path]) -> i32 {
    let mut command = Command::new("timeout");
    command.args(["-s", "KILL", "60"]).arg(sdnotify().get_program()).arg("check").args(arguments);
    let output = command.output().expect("coreutils");
    output.status.code().unwrap_or_else(|| panic!("{arguments:?}: it waits"))
}

/// A file of a few kilobytes on the disk that claims to be a large one.
#[test]
fn claims_that_cost_memory() {
    let scratch = Scratch::new("check-sparse");
    let good = compile(&scratch, "good", "int main() { return sd_booted(); }", &["-lsystemd"]);
    let bytes = fs::read(&good).expect("a program");
    let number = |at: usize, width: usize| {
        let mut number = [0; 8];
        number[..width].copy_from_slice(&bytes[at..at + width]);
        usize::try_from(u64::from_ne_bytes(number)).expect("64 bits")
    };
    let (table, count) = (number(40, 8), number(60, 2));
    // Each section in turn takes most of the file: a gigabyte, of which nothing is written.
    for index in 1..count {
        let mut bytes = bytes.clone();
        let at = table + index * 64;
        bytes[at + 32..at + 40].copy_from_slice(&(1_u64 << 30).to_ne_bytes());
        fs::write(scratch.path("sparse"), &bytes).expect("a file");
        fs::OpenOptions::new()
            .write(true)
            .open(scratch.path("sparse"))
            .expect("a file")
            .set_len(2 << 30)
            .expect("a hole");
        let (status, kilobytes) = memory(sdnotify().arg("check").arg(scratch.path("sparse")));
        assert!(status.code().is_some_and(|status| status <= 2), "section {index}: {status}");
        assert!(kilobytes < 200 << 10, "section {index}: {kilobytes} KiB");
    }
}

/// How a command ends, and the most memory it took.
#[expect(clippy::zombie_processes, reason = "wait4() waits for it, and says what it took")]
fn memory(command: &mut Command) -> (ExitStatus, i64) {
    let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it starts");
    // SAFETY: a struct of numbers.
    let (mut status, mut usage) = (0, unsafe { std::mem::zeroed::<libc::rusage>() });
    // SAFETY: both are alive during the call, and nobody else waits for this child.
    let pid = unsafe { libc::wait4(child.id() as i32, &mut status, 0, &mut usage) };
    assert_eq!(pid, child.id() as i32);
    (ExitStatus::from_raw(status), usage.ru_maxrss)
}

#[test]
fn files_that_are_not_what_they_seem() {
    let scratch = Scratch::new("check-damaged");
    let whole = fs::read("/bin/true").expect("a program");
    let files: [(&str, &[u8]); 4] =
        [("empty", b""), ("text", b"plain\n"), ("magic", b"\x7fELF"), ("half", &whole[..whole.len() / 2])];
    for (name, bytes) in files {
        fs::write(scratch.path(name), bytes).expect("a file");
        let output = sdnotify().arg("check").arg(scratch.path(name)).output().expect("sdnotify");
        assert_eq!(output.status.code(), Some(2), "{name}: {output:?}");
        assert_eq!(texts(&output).1.lines().count(), 1, "{name}");
    }
    // Each byte of the headers changed: whatever comes out, it comes out.
    let good = compile(&scratch, "good", "int main() { return sd_booted(); }", &["-lsystemd", "-s"]);
    let mut bytes = fs::read(&good).expect("a program");
    for index in (0..bytes.len()).step_by(bytes.len() / 300 + 1) {
        bytes[index] ^= 0xff;
        fs::write(scratch.path("changed"), &bytes).expect("a file");
        bytes[index] ^= 0xff;
        let output = sdnotify().arg("check").arg(scratch.path("changed")).output().expect("sdnotify");
        assert!(output.status.code().is_some_and(|status| status <= 2), "byte {index}: {output:?}");
    }
}
