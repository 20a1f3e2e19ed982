//! The contract of the functions, on ours and on theirs.

use sdnotify_tests::library::Library;
use sdnotify_tests::probe::Probe;
use sdnotify_tests::receiver::Receiver;

#[test]
fn a_state_arrives_as_it_was_sent() {
    for library in Library::ALL {
        let receiver = Receiver::abstract_name();
        let mut probe = Probe::start(library);
        probe.set("NOTIFY_SOCKET", receiver.address());
        assert_eq!(probe.ret("sd_notify 0 x52454144593d31"), 1, "{library:?}");
        let message = receiver.next();
        assert_eq!(message.text(), "READY=1");
        assert_eq!(message.pid, probe.id() as i32);
        assert!(message.fds.is_empty());
    }
}
