//! A manager whose socket is gone, and one that is slow.

use super::{connect, connected, start};
use sdnotify_tests::receiver::Receiver;

#[test]
fn a_lost_manager_has_one_errno_and_a_new_channel_finds_the_new_socket() {
    let name = format!("sdnotify-test-lost/{}", std::process::id());
    let receiver = Receiver::named(name.as_bytes());
    let mut program = start();
    let channel = connect(&mut program, &receiver);
    drop(receiver);
    let receiver = Receiver::named(name.as_bytes());
    // The kernel says ENOTCONN the second time.
    for call in ["sdn_send # x41", "sdn_send # x41", "sdn_status # x41", "sdn_reloading #", "sdn_barrier # 0"] {
        assert_eq!(program.ret(&call.replace('#', &channel.to_string())), -libc::ECONNREFUSED, "{call}");
    }
    assert!(receiver.is_empty());

    assert_eq!(program.ret(&format!("close {channel}")), 0);
    let channel = connect(&mut program, &receiver);
    assert_eq!(program.ret(&format!("sdn_send {channel} x41")), 1);
    assert_eq!(receiver.next().text(), "A");
}

#[test]
fn a_full_queue_makes_a_channel_wait_unless_it_is_non_blocking() {
    let (receiver, mut program, channel) = connected();
    let send = format!("sdn_send {channel} x41");
    assert_eq!(program.ret(&format!("nonblock {channel}")), 0);
    let mut sent = 0;
    let refused = loop {
        match program.ret(&send) {
            1 => sent += 1,
            refused => break refused,
        }
        assert!(sent < 100_000, "the queue has an end");
    };
    assert_eq!(refused, -libc::EAGAIN);
    assert_eq!(program.ret(&format!("room {channel}")), 0);
    assert_eq!(program.ret(&format!("sdn_barrier {channel} 0")), -libc::EAGAIN);
    for _ in 0..sent {
        assert_eq!(receiver.next().text(), "A");
    }
    assert!(receiver.is_empty(), "what was refused was not sent");
    assert_eq!(program.ret(&format!("room {channel}")), 1);
    assert_eq!(program.ret(&send), 1);
}

#[test]
fn a_signal_ends_the_wait_for_room() {
    let (receiver, mut program, channel) = connected();
    let send = format!("sdn_send {channel} x41");
    assert_eq!(program.ret("alarm 200"), 0);
    let mut sent = 0;
    let ended = loop {
        match program.ret(&send) {
            1 => sent += 1,
            ended => break ended,
        }
        assert!(sent < 100_000, "the queue has an end");
    };
    assert_eq!(ended, -libc::EINTR);
    for _ in 0..sent {
        receiver.next();
    }
    assert!(receiver.is_empty(), "what was interrupted was not sent");
}
