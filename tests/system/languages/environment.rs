//! What docs/languages.md says about copies of the environment: after unset_environment, does the language still have the
//! variable, and does a child?

use super::{JNA, Language, ffi_header, has_koffi};
use sdnotify_tests::tree::run;

const CHILD: &str = "echo child:$NOTIFY_SOCKET";

/// Runs a program that prints `own:` and what it sees, then runs the shell command [`CHILD`]. No language sees an empty
/// variable: there it is `own:`.
fn after_unset(language: &Language, words: &[&str]) -> (bool, bool) {
    let said = run(language.command(words[0]).args(&words[1..]).env("NOTIFY_SOCKET", "/nowhere"));
    let (own, child) = said.trim().split_once('\n').unwrap_or_else(|| panic!("two lines: {said}"));
    let sees = |line: &str, name: &str| match line.strip_prefix(name) {
        Some("/nowhere") => true,
        Some("") => false,
        _ => panic!("{said}"),
    };
    (sees(own, "own:"), sees(child, "child:"))
}

fn script(language: &Language, name: &str, text: &str) -> String {
    let path = language.scratch.path(name);
    std::fs::write(&path, text.replace("CHILD", CHILD)).expect("a script");
    path.display().to_string()
}

/// Go: a copy, and children inherit it.
#[test]
fn of_go() {
    let language = Language::new("go-copy");
    let program = script(
        &language,
        "copy.go",
        "package main\n\
         // #cgo pkg-config: libsdnotify\n// #include <systemd/sd-daemon.h>\nimport \"C\"\n\
         import (\n\"fmt\"\n\"os\"\n\"os/exec\"\n)\n\
         func main() {\n\
         C.sd_notify(1, C.CString(\"READY=1\"))\n\
         fmt.Println(\"own:\" + os.Getenv(\"NOTIFY_SOCKET\"))\n\
         out, _ := exec.Command(\"sh\", \"-c\", \"CHILD\").Output()\n\
         fmt.Print(string(out))\n}\n",
    );
    language.build(&["go", "build", "-o", "copy", &program]);
    assert_eq!(after_unset(&language, &["./copy"]), (true, true));
}

/// Java: a copy, which children get only by ProcessBuilder.environment().
#[test]
fn of_java() {
    for (line, child) in [("", false), ("builder.environment().put(\"OTHER\", \"1\");\n", true)] {
        let language = Language::new("java-copy");
        let text = "import com.sun.jna.*;\n\
            public class Copy {\npublic interface S extends Library { int sd_notify(int unset, String state); }\n\
            public static void main(String[] a) throws Exception {\n\
            Native.load(\"libsdnotify.so.0\", S.class).sd_notify(1, \"READY=1\");\n\
            System.out.println(\"own:\" + System.getenv(\"NOTIFY_SOCKET\"));\nSystem.out.flush();\n\
            var builder = new ProcessBuilder(\"sh\", \"-c\", \"CHILD\").inheritIO();\n@\
            builder.start().waitFor();\n}\n}\n";
        let program = script(&language, "Copy.java", &text.replace('@', line));
        language.build(&["javac", "-cp", JNA, "-d", ".", &program]);
        assert_eq!(after_unset(&language, &["java", "-cp", &format!("{JNA}:."), "Copy"]), (true, child));
    }
}

/// Python: os.environ is a copy, which children get only by env=.
#[test]
fn of_python() {
    for (env, child) in [("", false), (", env=dict(os.environ)", true)] {
        let language = Language::new("python-copy");
        let text = "import cffi, os, subprocess, sys\n\
            ffi = cffi.FFI()\nffi.cdef(open(sys.argv[1]).read())\n\
            ffi.dlopen('libsdnotify.so.0').sd_notify(1, b'READY=1')\n\
            print('own:' + os.environ.get('NOTIFY_SOCKET', ''), flush=True)\n\
            subprocess.run(['sh', '-c', 'CHILD']@)\n";
        let program = script(&language, "program.py", &text.replace('@', env));
        assert_eq!(after_unset(&language, &["/usr/bin/python3", &program, &ffi_header()]), (true, child));
    }
}

/// Perl: %ENV is a copy, which children do not get.
#[test]
fn of_perl() {
    let language = Language::new("perl-copy");
    let program = script(
        &language,
        "copy.pl",
        "use FFI::Platypus; $| = 1;\n\
         my $ffi = FFI::Platypus->new( api => 1, lib => 'libsdnotify.so.0' );\n\
         $ffi->attach( sd_notify => [ 'int', 'string' ] => 'int' );\n\
         sd_notify( 1, 'READY=1' );\n\
         print 'own:', $ENV{NOTIFY_SOCKET} // '', \"\\n\";\nsystem 'CHILD';\n",
    );
    assert_eq!(after_unset(&language, &["/usr/bin/perl", &program]), (true, false));
}

/// Ruby: C's own.
#[test]
fn of_ruby() {
    let language = Language::new("ruby-copy");
    let program = script(
        &language,
        "copy.rb",
        "require 'fiddle/import'\n\
         module Sd\nextend Fiddle::Importer\ndlload 'libsdnotify.so.0'\nextern 'int sd_notify(int, const char *)'\nend\n\
         Sd.sd_notify(1, 'READY=1')\n$stdout.sync = true\nputs \"own:#{ENV['NOTIFY_SOCKET']}\"\nsystem 'CHILD'\n",
    );
    assert_eq!(after_unset(&language, &["ruby", &program]), (false, false));
}

/// Node.js: C's own.
#[test]
fn of_node() {
    let language = Language::new("node-copy");
    if !has_koffi(&language) {
        return;
    }
    let program = script(
        &language,
        "copy.cjs",
        "const library = require('koffi').load('libsdnotify.so.0');\n\
         library.func('int sd_notify(int, const char *)')(1, 'READY=1');\n\
         console.log(`own:${process.env.NOTIFY_SOCKET ?? ''}`);\n\
         console.log(require('node:child_process').execSync('CHILD').toString());\n",
    );
    assert_eq!(after_unset(&language, &["node", &program]), (false, false));
}

/// PHP: getenv() is C's own; $_SERVER is a copy, which children do not get.
#[test]
fn of_php() {
    for (own, is_copy) in [("getenv('NOTIFY_SOCKET')", false), ("$_SERVER['NOTIFY_SOCKET'] ?? ''", true)] {
        let language = Language::new("php-copy");
        let text = "<?php\nFFI::cdef(file_get_contents($argv[1]), 'libsdnotify.so.0')->sd_notify(1, 'READY=1');\n\
            echo 'own:', @, \"\\n\";\nsystem('CHILD');\n";
        let program = script(&language, "copy.php", &text.replace('@', own));
        assert_eq!(after_unset(&language, &["php", &program, &ffi_header()]), (is_copy, false));
    }
}

/// LuaJIT: C's own.
#[test]
fn of_luajit() {
    let language = Language::new("luajit-copy");
    let program = script(
        &language,
        "copy.lua",
        "local ffi = require('ffi')\nffi.cdef(io.open(arg[1]):read('*a'))\n\
         ffi.load('libsdnotify.so.0').sd_notify(1, 'READY=1')\nio.stdout:setvbuf('no')\n\
         print('own:' .. (os.getenv('NOTIFY_SOCKET') or ''))\nos.execute('CHILD')\n",
    );
    assert_eq!(after_unset(&language, &["luajit", &program, &ffi_header()]), (false, false));
}
