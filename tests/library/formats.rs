//! Texts and fields from formats: what is formatted here, what the C library formats, and the way of the arguments from one
//! to the other and from field to field. Which machine it is decides where an argument is.

use sdnotify_tests::left_out::left_out;
use sdnotify_tests::library::Library;
use sdnotify_tests::probe::{Probe, text};
use sdnotify_tests::receiver::Receiver;
use sdnotify_tests::tree::is_root;

/// A format, its arguments as the probe takes them, and what it comes to. A long may have 32 bits.
const FORMATS: &[(&str, &str, &str)] = &[
    (
        "%d,%i,%u,%ld,%li,%lu,%zd,%zi,%zu",
        "i:-2147483648 i:2147483647 i:-1 l:-7 l:2147483647 l:7 l:-2147483648 l:0 l:8",
        "-2147483648,2147483647,4294967295,-7,2147483647,7,-2147483648,0,8",
    ),
    ("%s%s%s", "s:=a s:x s:=b", "ab"),
    ("%d,%s,%ld,%d,%s,%ld,%d,%s,%ld,%d", "i:1 s:=2 l:3 i:4 s:=5 l:6 i:7 s:=8 l:9 i:10", "1,2,3,4,5,6,7,8,9,10"),
    ("%s,%d,%x,%s,%lu", "s:=a i:-1 i:255 s:=b l:3", "a,-1,ff,b,3"),
    ("%d,%.1f,%s,%.1f,%ld,%Lf", "i:1 d:2.5 s:=c d:-3.5 l:4 D:1.5", "1,2.5,c,-3.5,4,1.500000"),
    ("%d,%c,%d,%%,%5d|", "i:1 i:65 i:2 i:3", "1,A,2,%,    3|"),
    ("%2$s,%1$s", "s:=a s:=b", "b,a"),
];

#[test]
fn texts() {
    for library in Library::ALL {
        let receiver = Receiver::abstract_name();
        let mut probe = Probe::start(library);
        probe.set("NOTIFY_SOCKET", receiver.address());
        for (format, arguments, expected) in FORMATS {
            let call = format!("format sd_notifyf 0 0 - 0 {} {arguments}", text(format.as_bytes()));
            assert_eq!(probe.ret(&call), 1, "{library:?} {format}");
            assert_eq!(String::from_utf8_lossy(&receiver.next().bytes), *expected, "{library:?} {format}");
        }
    }
}

/// Each format behind each other one, so that the list of arguments has to be where it should be.
#[test]
fn fields() {
    if !is_root() {
        left_out("formats of fields", "needs root, for a /run of its own");
        return;
    }
    let mut probe = Probe::start_journal(Library::Ours);
    assert_eq!(probe.ask("journal"), "ok");
    for (first, of_first, expected_first) in FORMATS {
        for function in ["sd_journal_print", "sd_journal_printv"] {
            probe.tell(&format!("{function} 3 {} {}", text(first.as_bytes()), of_first.replace("s:", "")));
            assert!(probe.answer().starts_with("ret=0 "), "{function} {first}");
            let received = probe.ask("received");
            let expected = format!("MESSAGE={expected_first}\nPRIORITY=3\n");
            assert!(received.contains(&text(expected.as_bytes())[1..]), "{function} {first}: {received}");
        }
        for (second, of_second, expected_second) in FORMATS {
            let call = format!(
                "sd_journal_send {} {} {} {} =C=%s =end",
                text(format!("A={first}").as_bytes()),
                of_first.replace("s:", ""),
                text(format!("B={second}").as_bytes()),
                of_second.replace("s:", ""),
            );
            probe.tell(&call);
            assert!(probe.answer().starts_with("ret=0 "), "{call}");
            let received = probe.ask("received");
            let expected = format!("A={expected_first}\nB={expected_second}\nC=end\nSYSLOG_IDENTIFIER=");
            assert!(received.contains(&text(expected.as_bytes())[1..]), "{call}: {received}");
        }
    }
}
