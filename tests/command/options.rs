//! What `sdnotify run` passes, and how it takes a bad command line.

use sdnotify_tests::command::{Running, field, sdnotify, texts};
use sdnotify_tests::tree::{self, Scratch};
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;

#[test]
fn bad_options() {
    for arguments in [
        &[][..],
        &["frob"],
        &["run"],
        &["run", "--"],
        &["run", "--frob", "true"],
        &["run", "--watchdog", "soon", "true"],
        &["run", "--watchdog", "", "true"],
        &["run", "--watchdog", "-1s", "true"],
        &["run", "--restart", "maybe", "true"],
        &["run", "--forward", "--wait-ready", "true"],
        &["run", "--limit", "-1", "true"],
        &["run", "--limit", "99999999999", "true"],
        &["run", "--listen", "nowhere", "true"],
        &["run", "--listen", "/nonexistent/socket", "true"],
        &["run", "--listen", "99999", "true"],
        &["run", "--notify-access", "some", "true"],
        &["run", "--type", "oneshot", "true"],
        &["run", "--kill-mode", "all", "true"],
        &["run", "--kill-signal", "FROB", "true"],
        &["run", "--kill-signal", "0", "true"],
        &["run", "--reload-signal", "HUP", "true"],
        &["run", "--pid-file", "/run/x", "true"],
        &["send"],
        &["send", "--pid=0"],
        &["send", "--pid=99999999999"],
        &["send", "--fd=-1"],
        &["send", "--fd=1000"],
        &["send", "--fdname=x"],
        &["send", "--fd=1", "--fdname=a:b"],
        &["send", "--status=two\nlines"],
        &["send", "READY"],
        &["send", "=1"],
        &["send", "--fd=1", "--fd=1"],
        &["send", "--booted", "--ready"],
        &["send", "--booted", "READY=1"],
        &["send", "--booted", "--no-block"],
        &["send", "--booted", "--quiet"],
        &["send", "--fork"],
        &["send", "--fork", "--"],
        &["send", "--fork", "--ready", "true"],
        &["send", "--fork", "--no-block", "true"],
        &["send", "--fork", "--uid=0", "true"],
        &["send", "--uid=no-such-user", "--ready"],
        &["send", "--uid=4294967295", "--ready"],
        &["send", "--exec", "--ready"],
        &["send", "--exec", "--ready", ";"],
        &["send", "--exec", "--ready", ";", "--"],
        &["check"],
        &["check", "/nonexistent"],
        &["check", "/etc/passwd"],
        &["check", "a\u{1b}[31m\nb"],
    ] {
        let output = sdnotify().args(arguments).env("NOTIFY_SOCKET", "@sdnotify/nobody").output().expect("sdnotify");
        let (stdout, stderr) = texts(&output);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {stderr}");
        assert_eq!(stdout, "", "{arguments:?}");
        assert!(stderr.starts_with("sdnotify: ") && stderr.ends_with('\n'), "{arguments:?}: {stderr}");
        assert_eq!(stderr.lines().count(), 1, "{arguments:?}: {stderr}");
        assert!(!stderr.contains('\u{1b}'), "{arguments:?}");
    }
}

#[test]
fn a_missing_command() {
    for (arguments, hint) in [
        (&[][..], "run, send, check, use or drain (see sdnotify --help)"),
        (&["drain"], "drain wait, drain restore or drain check (see sdnotify drain --help)"),
    ] {
        let output = sdnotify().args(arguments).output().expect("sdnotify");
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert_eq!(texts(&output).1, format!("sdnotify: no command given: {hint}\n"), "{arguments:?}");
    }
}

#[test]
fn help_and_version() {
    for arguments in [&["--help"][..], &["run", "--help"], &["send", "--help"], &["check", "--help"], &["--version"]] {
        let output = sdnotify().args(arguments).output().expect("sdnotify");
        assert!(output.status.success() && output.stdout.len() > 10 && output.stderr.is_empty(), "{arguments:?}");
    }
}

#[test]
fn what_the_command_inherits() {
    let mut command = sdnotify();
    command.args(["run", "--json", "--watchdog", "2.5s", "--", "sh", "-c"]);
    command.arg(
        "env | grep -E '^(LISTEN|NOTIFY|WATCHDOG|FDSTORE|MAIN|KEPT)' | sort; echo pid=$$; ls -l /proc/self/fd | wc -l",
    );
    for name in
        ["NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID", "LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES", "MAINPID"]
    {
        command.env(name, "1");
    }
    let ended = Running::spawn(command.env("KEPT", "yes")).finish();
    let lines: Vec<&str> = ended.errors.lines().collect();
    let [store, kept, socket, pid, usec, own, fds] = lines[..] else { panic!("{lines:?}") };
    assert_eq!((store, kept, usec), ("FDSTORE=512", "KEPT=yes", "WATCHDOG_USEC=2500000"));
    assert_eq!(pid.strip_prefix("WATCHDOG_PID="), own.strip_prefix("pid="));
    // "total", three standard ones, and the directory itself.
    assert_eq!(fds, "5");
    let socket = socket.strip_prefix("NOTIFY_SOCKET=").expect("a path");
    assert!(!std::path::Path::new(socket).parent().expect("a directory").exists(), "{socket} is left behind");
}

#[test]
fn standard_input() {
    for (options, read) in [(&["--stdin"][..], "some text\n"), (&[], "")] {
        let mut command = sdnotify();
        command.args(["run", "--json", "--type", "exec"]).args(options).args(["--", "cat"]);
        let (reader, mut writer) = std::io::pipe().expect("a pipe");
        let running = Running::spawn(command.stdin(reader));
        drop(command);
        writer.write_all(b"some text\n").expect("there is a reader");
        drop(writer);
        let ended = running.finish();
        assert_eq!((ended.errors.as_str(), ended.status.code()), (read, Some(0)), "{options:?}");
    }
}

/// What a service manager sets belongs to the service that it was set for.
#[test]
fn nothing_of_another_service_is_inherited() {
    let names = [
        "JOURNAL_STREAM",
        "CREDENTIALS_DIRECTORY",
        "RUNTIME_DIRECTORY",
        "MEMORY_PRESSURE_WATCH",
        "LISTEN_PIDFDID",
        "SYSTEMD_EXEC_PID",
        "INVOCATION_ID",
    ];
    let mut command = sdnotify();
    command.args(["run", "--json", "--listen", "127.0.0.1:0", "--", "sh", "-c", "env; echo pid=$$"]);
    let ended = Running::spawn(command.envs(names.map(|name| (name, "foreign")))).finish();
    let get = |name: &str| ended.errors.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
    assert!(!ended.errors.contains("=foreign"), "{}", ended.errors);
    assert_eq!(get("SYSTEMD_EXEC_PID"), get("pid"));
    let id = get("INVOCATION_ID").expect("one of its own");
    assert!(id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit()), "{id}");
    // SAFETY: two numbers.
    let own = unsafe { libc::syscall(libc::SYS_pidfd_open, std::process::id(), 0) };
    let inode =
        std::fs::metadata(format!("/proc/self/fd/{own}")).map(|data| std::os::linux::fs::MetadataExt::st_ino(&data));
    // Kernels before 6.9 have one inode for all pidfds.
    let known = inode.is_ok_and(|inode| inode > 100);
    let pidfd = get("LISTEN_PIDFDID").and_then(|number| number.parse::<u64>().ok());
    assert!(pidfd.is_some() || !known, "{}", ended.errors);
}

#[test]
fn sockets_to_listen_on() {
    let scratch = Scratch::new("listen");
    let path = scratch.path("socket");
    let named = format!("web={}", path.display());
    // What a dead process left there is in the way.
    drop(std::os::unix::net::UnixListener::bind(&path).expect("a socket"));
    let mut command = sdnotify();
    command.args(["run", "--json", "--listen", &named, "--listen", "udp:127.0.0.1:0", "--", "perl", "-e"]);
    command.arg(
        "open my $l, '+<&=', 3 or die $!; accept my $c, $l or die $!; $LISTEN = join ' ', map { $ENV{$_} }
         qw(LISTEN_FDS LISTEN_FDNAMES); print $c qq($LISTEN ), $ENV{LISTEN_PID} == $$ ? qq(mine) : qq(not mine)",
    );
    let mut running = Running::spawn(&mut command);
    running.wait_for(&[("event", "start")]);
    let mut stream = UnixStream::connect(&path).expect("it listens before the command is there");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("UTF-8");
    assert_eq!(answer, "2 web:perl.socket mine");
    assert_eq!(field(running.finish().end(), "result"), "protocol");
    assert!(!path.exists());
}

#[test]
fn pages_and_completions_are_installed() {
    let share = tree::installed().join("share");
    let page = std::fs::read_to_string(share.join("man/man1/sdnotify.1")).expect("a manual page");
    for file in [
        "bash-completion/completions/sdnotify",
        "zsh/site-functions/_sdnotify",
        "fish/vendor_completions.d/sdnotify.fish",
    ] {
        let text = std::fs::read_to_string(share.join(file)).expect("completions");
        assert!(text.contains("wait-ready"), "{file}");
    }
    for option in ["watchdog", "forward", "ready\\-fd", "start\\-timeout", "no\\-block", "json"] {
        assert!(page.contains(&format!("\\-\\-{option}")), "{option}");
    }
    let mut man = std::process::Command::new("man");
    man.args(["--warnings", "-E", "UTF-8", "-l", "-Tutf8", "-Z"]).arg(share.join("man/man1/sdnotify.1"));
    let output = man.output().expect("man-db");
    assert!(output.status.success() && output.stderr.is_empty(), "{}", texts(&output).1);
    assert!(page.contains("\tT{\n"), "there is a table");
    assert!(!String::from_utf8_lossy(&output.stdout).contains("T{"), "it is set as one");
}
