//! Scripts, and what their interpreters load for them.

use super::{check, check_in_time};
use sdnotify_tests::command::sdnotify;
use sdnotify_tests::tree::{Scratch, installed, run};
use serde_json::Value;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

fn file(scratch: &Scratch, name: &str, text: &str) -> PathBuf {
    let path = scratch.path(name);
    fs::create_dir_all(path.parent().expect("a directory")).expect("a directory");
    fs::write(&path, text).expect("a file");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("ours");
    path
}

fn modules(json: &Value) -> Vec<String> {
    let modules = json["targets"][0]["modules"].as_array().expect("an array");
    modules.iter().map(|module| module.as_str().expect("a path").to_owned()).collect()
}

/// The verdict on Debian's packages is that of the interpreters themselves, on our libsystemd.so.0.
#[test]
fn bindings_of_libsystemd() {
    let scratch = Scratch::new("check-scripts");
    for (name, text, good) in [
        ("good.py", "#!/usr/bin/python3\nfrom systemd import daemon\ndaemon.notify('X_A=1')\n", true),
        ("bad.py", "#!/usr/bin/python3\nfrom systemd import journal\n", false),
        ("good.pl", "#!/usr/bin/perl\nuse Linux::Systemd::Daemon 'sd_ready';\nsd_ready();\n", true),
        ("bad.pl", "#!/usr/bin/perl\nuse Linux::Systemd::Journal::Read;\n", false),
    ] {
        let script = file(&scratch, name, text);
        let (status, said, json) = check(&[&script]);
        assert_eq!(status, if good { 0 } else { 1 }, "{name}: {said}");
        let verdict = if good {
            ": covered as far as can be seen: "
        } else {
            ": NOT covered with all the modules that it may load\n"
        };
        assert!(said.contains(verdict) && said.contains("(anything else they load cannot be seen)"), "{said}");
        assert!(good || said.contains("sd_journal_next@LIBSYSTEMD_209"), "{said}");
        assert_eq!(json["targets"][0]["complete"], true, "{json}");
        let ours = installed().join("lib/libsdnotify");
        // All symbols at once, as they would be needed one after the other.
        let run = |command: &mut Command| command.env("LD_BIND_NOW", "1").output().expect("it starts");
        let output = run(Command::new(&script).env("LD_LIBRARY_PATH", ours).env_remove("NOTIFY_SOCKET"));
        assert_eq!(output.status.success(), good, "{name}: {output:?}");
        assert!(run(&mut Command::new(&script)).status.success(), "{name}: on systemd's own");
    }
}

/// All extension modules that the interpreter has loaded at the end are among those examined.
#[test]
fn as_the_interpreters_do() {
    let scratch = Scratch::new("check-loaded");
    let python = "#!/usr/bin/python3
import asyncio, ctypes, decimal as d, email.mime.text, importlib, json, os.path
import multiprocessing.pool; from concurrent.futures import (ProcessPoolExecutor,
    ThreadPoolExecutor)
from xml.etree import ElementTree
try: import systemd.journal
except ImportError: pass
def late():
    import bz2, sqlite3
    importlib.import_module('curses')
late()
import sys
print(*[m.__file__ for m in list(sys.modules.values()) if str(getattr(m, '__file__', '')).endswith('.so')], sep='\\n')
";
    let perl = "#!/usr/bin/perl -w
use strict;
use POSIX qw(floor); use IO::Socket::UNIX; use Data::Dumper; use List::Util 'max'; use Time::HiRes; use Encode;
use Linux::Systemd::Journal::Write; require Storable; use parent 'Digest::SHA';
use if $] > 5, 'Sys::Hostname';
print map { \"$_\\n\" } @DynaLoader::dl_shared_objects;
";
    for (name, text) in [("many.py", python), ("many.pl", perl)] {
        let script = file(&scratch, name, text);
        let loaded = run(Command::new(&script).env_remove("PYTHONPATH").env_remove("PERL5LIB"));
        assert!(loaded.lines().count() > 8, "{loaded}");
        let (_, said, json) = check(&[&script]);
        let examined: Vec<_> = modules(&json).iter().filter_map(|path| fs::canonicalize(path).ok()).collect();
        for extension in loaded.lines() {
            let real = fs::canonicalize(extension).expect("a file");
            assert!(examined.contains(&real), "{name}: {extension} is not among {examined:?}\n{said}");
        }
        assert_eq!(json["targets"][0]["not_found"], Value::Array(Vec::new()), "{said}");
    }
}

/// Modules of a project's own, beside the script, in a virtual environment, and where the script says.
#[test]
fn places_of_python() {
    let scratch = Scratch::new("check-places");
    let extension = fs::read_dir("/usr/lib/python3/dist-packages/systemd").expect("python3-systemd").flatten();
    let extension = extension.map(|entry| entry.path()).find(|path| path.to_string_lossy().contains("/_reader."));
    let extension = extension.expect("its module");
    let name = extension.file_name().expect("a name").to_str().expect("UTF-8");
    let bin = fs::canonicalize("/usr/bin/python3").expect("a program");
    let version = bin.file_name().expect("a name").to_str().expect("UTF-8").to_owned();
    let place = |place: &str| {
        let target = scratch.path(place);
        fs::create_dir_all(target.parent().expect("a directory")).expect("a directory");
        symlink(&extension, &target).expect("a link");
        target
    };
    let expect = |script: &Path, expected: i32| {
        let (status, said, _) = check(&[script]);
        assert_eq!(status, expected, "{}: {said}", script.display());
        assert_eq!(said.contains("_reader."), expected == 1, "{said}");
        said
    };
    // A package beside the script, with imports of all forms.
    place(&format!("own/app/inner/{name}"));
    for (file_name, text) in
        [("__init__.py", ""), ("main.py", "from .inner import deep"), ("inner/deep.py", "from . import _reader")]
    {
        file(&scratch, &format!("own/app/{file_name}"), text);
    }
    file(&scratch, "own/app/inner/other.py", "from ..inner import _reader as r\n");
    for (statement, expected) in [
        ("import app", 0),
        ("import app.main", 1),
        ("from app import main", 1),
        ("from app.inner.other import x", 1),
        ("'''\nimport app.main\n'''", 0),
        ("if 0:\n    import nothing_of_the_kind", 0),
        ("import nothing_of_the_kind", 2),
        ("import app.nothing, sys, time, __main__", 0),
    ] {
        expect(&file(&scratch, "own/script", &format!("#!/usr/bin/python3\n{statement}\n")), expected);
    }
    let said = expect(&file(&scratch, "own/script", "#!/usr/bin/python3\n__import__(app.name)"), 0);
    assert!(said.contains("import modules by computed names: ") && said.contains("own/script"), "{said}");
    expect(
        &file(
            &scratch,
            "script",
            "#!/usr/bin/env -S /usr/bin/python3 -u\nimport sys\nsys.path.append('own')\nimport app.main",
        ),
        1,
    );
    // Of another Python's, it is none.
    place("own/foreign.cpython-32-x86_64-linux-gnu.so");
    expect(&file(&scratch, "own/script", "#!/usr/bin/python3\nimport foreign"), 2);
    // A virtual environment, with a link to a place elsewhere.
    file(&scratch, "venv/pyvenv.cfg", "home = /usr/bin\ninclude-system-site-packages = false\n");
    fs::create_dir_all(scratch.path("venv/bin")).expect("a directory");
    symlink(&bin, scratch.path("venv/bin/python3")).expect("a link");
    place(&format!("elsewhere/{name}"));
    let site = format!("venv/lib/{version}/site-packages");
    let shebang = format!("#!{}\n", scratch.path("venv/bin/python3").display());
    let script = file(&scratch, "bin/script", &format!("{shebang}import _reader"));
    expect(&script, 2);
    file(&scratch, &format!("{site}/x.pth"), &format!("{}\n", scratch.path("elsewhere").display()));
    expect(&script, 1);
    expect(&file(&scratch, "bin/script", &format!("{shebang}import systemd")), 2);
}

#[test]
fn places_of_perl() {
    let scratch = Scratch::new("check-inc");
    let list = run(Command::new("dpkg").args(["-L", "liblinux-systemd-perl"]));
    let extension = list.lines().find(|line| line.ends_with("/Read.so")).expect("its module");
    file(
        &scratch,
        "lib/My/Reader.pm",
        "package My::Reader;\nrequire My::Inner; # use Nothing;\n1;\n=pod\n\nuse Nothing;\n",
    );
    file(
        &scratch,
        "lib/My/Inner.pm",
        "package My::Inner;\nuse XSLoader;\nXSLoader::load();\n1;\n__END__\nuse Nothing;\n",
    );
    fs::create_dir_all(scratch.path("lib/auto/My/Inner")).expect("a directory");
    symlink(extension, scratch.path("lib/auto/My/Inner/Inner.so")).expect("a link");
    for (statement, expected) in [
        ("use My::Reader;", 2),
        ("use FindBin;\nuse lib \"$FindBin::Bin/../lib\";\nuse My::Reader 1.0 ();", 1),
        ("use FindBin '$Bin';\nuse lib \"$Bin/../lib\";\nuse parent qw(\n  My::Reader\n);", 1),
        ("use lib 'nowhere';\neval { require My::Reader };", 0),
        ("use v5.10; use strict; no warnings;", 0),
        ("print 'x';\n__END__\nuse My::Reader;", 0),
    ] {
        let (status, said, _) = check(&[&file(&scratch, "bin/script", &format!("#!/usr/bin/perl\n{statement}\n"))]);
        assert_eq!(status, expected, "{statement}: {said}");
    }
    let lib = scratch.path("lib");
    let text = format!("#!/usr/bin/perl -I{}\nuse My::Reader;\nrequire $name;", lib.display());
    let (status, said, _) = check(&[&file(&scratch, "bin/script", &text)]);
    assert!(status == 1 && said.contains("import modules by computed names: "), "{said}");
    let script = file(&scratch, "bin/script", "#!/usr/bin/perl\nuse My::Reader;");
    let output = sdnotify().arg("check").arg(script).env("PERL5LIB", lib).output().expect("sdnotify");
    assert_eq!(output.status.code(), Some(1));
}

/// No verdict on what cannot be seen.
#[test]
fn other_scripts() {
    let scratch = Scratch::new("check-others");
    for (text, says) in [
        ("#!/bin/sh\nexec /usr/sbin/rsyslogd\n", "whatever a script for /bin/sh runs or loads"),
        ("#!/usr/bin/env -S sh -e\n", "bin/sh runs or loads"),
        ("#!/bin/true\n", "whatever a script for /bin/true"),
        ("#!/nonexistent/python3\n", "not examined: /nonexistent/python3: "),
    ] {
        let (status, said, json) = check(&[&file(&scratch, "script", text)]);
        assert!(status == 2 && said.contains(says), "{text}: {said}");
        assert_eq!(json["targets"][0]["complete"], false);
    }
    let inner = file(&scratch, "python3", "#!/bin/sh\nexec /usr/bin/python3 \"$@\"\n");
    let (status, said, _) = check(&[&file(&scratch, "script", &format!("#!{}\nimport os\n", inner.display()))]);
    assert!(status == 2 && said.contains("its interpreter is itself a script"), "{said}");
    for text in ["#!\n", "#!/usr/bin/env\n", "#!/usr/bin/env no-such-program-here\n"] {
        let output = sdnotify().arg("check").arg(file(&scratch, "script", text)).output().expect("sdnotify");
        assert!(output.status.code() == Some(2) && output.stdout.is_empty(), "{text}: {output:?}");
    }
    // In a directory those that can be seen.
    let tree = Scratch::new("check-tree");
    file(&tree, "usr/bin/a", "#!/bin/sh\n");
    file(&tree, "usr/bin/b", "#!/usr/bin/python3\nimport mine\n");
    file(&tree, "usr/lib/python3/dist-packages/mine.py", "import systemd.journal\n");
    let (status, said, _) = check(&[tree.dir()]);
    assert!(status == 1 && said.contains("_reader."), "{said}");
}

/// A script may have been written to keep whoever looks at it busy.
#[test]
fn traps_in_scripts() {
    let scratch = Scratch::new("check-busy");
    run(Command::new("mkfifo").arg(scratch.path("fifo.py")));
    symlink("/dev/zero", scratch.path("zero.py")).expect("a link");
    symlink(".", scratch.path("again")).expect("a link");
    file(&scratch, "round.py", "import round, again.again.round, script\nfrom again import again\n");
    let names: Vec<String> = (0..20_000).map(|number| format!("again.{}x{number}", "again.".repeat(20))).collect();
    let many = format!("import {}\n", names.join(", "));
    let sparse = file(&scratch, "sparse.py", "import round\n");
    fs::OpenOptions::new().write(true).open(&sparse).expect("a file").set_len(1 << 40).expect("a hole");
    for imports in
        ["import fifo, zero", "import round", "import sparse", &many, &"(".repeat(1 << 20), &"'''".repeat(1 << 20)]
    {
        let script = file(&scratch, "script.py", &format!("#!/usr/bin/python3\n{imports}\n"));
        assert!(check_in_time(&[&script]) <= 2, "{}", &imports[..40.min(imports.len())]);
    }
}
