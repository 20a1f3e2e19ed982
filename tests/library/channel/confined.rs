//! A channel works where the service manager's socket is out of reach.

use super::{connect, connected, start};
use sdnotify_tests::probe::Probe;
use sdnotify_tests::receiver::Receiver;
use sdnotify_tests::tree::Scratch;
use std::os::unix::fs::PermissionsExt;

const NOBODY: u32 = 65534;

fn is_root() -> bool {
    // SAFETY: no precondition, cannot fail.
    unsafe { libc::geteuid() == 0 }
}

/// The send buffer of a new socket, in bytes.
fn default_buffer() -> usize {
    let text = std::fs::read_to_string("/proc/sys/net/core/wmem_default").expect("the kernel's default");
    text.trim().parse().expect("a number")
}

fn confine(program: &mut Probe, how: &str) {
    assert_eq!(program.ret(&format!("confine {how}")), 0, "{how}");
}

#[test]
fn after_everything_is_taken_away() {
    let scratch = Scratch::new("confined");
    let root = scratch.path("root");
    std::fs::create_dir(&root).expect("a directory");
    let receiver = Receiver::at(&scratch.path("notify"));
    std::fs::set_permissions(scratch.path("notify"), std::fs::Permissions::from_mode(0o600)).expect("permissions");

    let mut program = start();
    let channel = connect(&mut program, &receiver);
    confine(&mut program, "environment -");
    if is_root() {
        confine(&mut program, &format!("chroot {}", root.display()));
        confine(&mut program, &format!("user {NOBODY}"));
    } else {
        println!("not root: without chroot and without another user");
    }
    confine(&mut program, "descriptors -");
    confine(&mut program, "seccomp -");

    for call in
        ["sdn_send # x41", "sdn_sendf # x41", "sdn_send_with_fds # x41 0 1", "sdn_status # x41", "sdn_reloading #"]
    {
        assert_eq!(program.ret(&call.replace('#', &channel.to_string())), 1, "{call}");
        let message = receiver.next();
        assert_eq!(message.pid as u32, program.id());
        if is_root() {
            assert_eq!((message.uid, message.gid), (NOBODY, NOBODY), "{call}");
        }
    }
}

/// The filter of the test above does kill for one call too many.
#[test]
fn opening_a_socket_under_the_filter_is_fatal() {
    let (_receiver, mut program, _) = connected();
    confine(&mut program, "seccomp -");
    program.tell("sdn_connect 0 1");
    let died = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| program.answer()));
    assert!(died.is_err());
}

#[test]
fn the_send_buffer_is_made_large_while_it_may_be() {
    if !is_root() {
        println!("not root: the send buffer cannot be made larger than the system's limit");
        return;
    }
    let (receiver, mut program, channel) = connected();
    confine(&mut program, &format!("user {NOBODY}"));
    confine(&mut program, "seccomp -");
    // No longer than it takes: the kernel keeps a datagram in contiguous memory, which a busy machine may not have.
    let length = 2 * default_buffer();
    assert_eq!(program.ret(&format!("sdn_send {channel} {length}*61")), 1);
    assert_eq!(receiver.next().bytes.len(), length);
}
