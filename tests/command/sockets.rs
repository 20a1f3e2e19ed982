//! The sockets of `sdnotify run`: the one that it listens on, and those that it makes for the service.

use sdnotify_tests::command::{Running, field, sdnotify, speaker};
use sdnotify_tests::tree::Scratch;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// A service that writes its $NOTIFY_SOCKET into a file, and goes on.
fn with_address(scratch: &Scratch) -> (Running, PathBuf) {
    let file = scratch.path("address");
    let mut command = sdnotify();
    command.args(["run", "--json", "--", "sh", "-c", "printf %s \"$NOTIFY_SOCKET\" > \"$0\"; exec \"$@\""]);
    command.arg(&file).arg(speaker()).args(["say", "READY=1", "say", "STATUS=waiting", "await", "10"]);
    let mut running = Running::spawn(&mut command);
    running.wait_for(&[("assignments", "STATUS=waiting")]);
    (running, PathBuf::from(std::fs::read_to_string(file).expect("written")))
}

/// Any user may write to the socket who knows where it is; only the service is told.
#[test]
fn the_socket_is_where_nobody_finds_it() {
    let scratch = Scratch::new("address");
    let (running, address) = with_address(&scratch);
    let inner = address.parent().expect("a directory");
    let outer = inner.parent().expect("another");
    for directory in [inner, outer] {
        let mode = std::fs::metadata(directory).expect("there").permissions().mode();
        assert_eq!(mode & 0o777, 0o711, "{}", directory.display());
    }
    let secret = inner.file_name().and_then(|name| name.to_str()).expect("a name");
    assert!(secret.len() >= 32, "{secret}");
    let sockets = std::fs::read_to_string("/proc/net/unix").expect("the kernel's list");
    assert!(!sockets.contains(secret), "{sockets}");
    running.signal(libc::SIGUSR1);
    assert_eq!(running.finish().status.code(), Some(0));
    assert!(!outer.exists());
}

#[test]
fn a_directory_that_no_client_reaches() {
    for directory in ["", "tmp", "/nonexistent"] {
        let mut command = sdnotify();
        command.env("TMPDIR", directory).args(["run", "--json", "--"]).arg(speaker()).args(["say", "READY=1"]);
        let ended = Running::spawn(&mut command).finish();
        assert_eq!(ended.history(), "start running dead", "{directory:?}: {:#?}", ended.events);
    }
}

/// Only the socket that was made is removed at the end.
#[test]
fn a_file_in_the_sockets_place_stays() {
    let scratch = Scratch::new("replaced");
    let socket = scratch.path("socket");
    let path = socket.to_str().expect("UTF-8");
    for replaced in [false, true] {
        let mut running =
            Running::start(&["--listen", path], &["say", "READY=1", "say", "STATUS=waiting", "await", "10"]);
        running.wait_for(&[("assignments", "STATUS=waiting")]);
        assert!(socket.exists());
        if replaced {
            std::fs::remove_file(&socket).expect("the socket");
            std::fs::write(&socket, "precious").expect("a file");
        }
        running.signal(libc::SIGUSR1);
        assert_eq!(field(running.finish().end(), "result"), "success");
        assert_eq!(Path::new(path).exists(), replaced);
    }
}
