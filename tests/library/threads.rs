//! 64 threads that send, wait at barriers and fork, all at once: nothing is lost, mixed, or left open.

use sdnotify_tests::left_out::left_out;
use sdnotify_tests::library::Library;
use sdnotify_tests::receiver::Receiver;
use sdnotify_tests::tree::{self, Scratch};
use std::collections::BTreeSet;
use std::process::Stdio;

const THREADS: usize = 64;
const ROUNDS: usize = 20;
const BARRIERS: usize = 4;
const CHILDREN: usize = 2;

#[test]
fn messages_barriers_and_children_at_once() {
    let scratch = Scratch::new("threads");
    let program = tree::compile("cc", &scratch, &["threads.c"], &["-pthread".to_owned()]);
    for library in Library::EVERY {
        let mut command = match library.command(&program) {
            Ok(command) => command,
            Err(reason) => {
                left_out(&format!("{library:?}"), &reason);
                continue;
            }
        };
        let receiver = Receiver::abstract_name();
        command.arg(library.path()).env("NOTIFY_SOCKET", receiver.address());
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program starts");
        let parent = child.id().to_string();

        let (mut barriers, mut children, mut texts) = (0, BTreeSet::new(), BTreeSet::new());
        for _ in 0..THREADS * (2 * ROUNDS + BARRIERS + CHILDREN) {
            // Its descriptors are closed at the end of each round.
            let message = receiver.next();
            let text = message.text();
            if text == "BARRIER=1" {
                assert_eq!((message.fds.len(), message.pid.to_string()), (1, parent.clone()), "{library:?}");
                barriers += 1;
                continue;
            }
            assert!(message.fds.is_empty(), "{library:?}: {text}");
            let (pid, what) = text.split_once(' ').unwrap_or_else(|| panic!("{library:?}: {text:?}"));
            assert_eq!(pid, message.pid.to_string(), "{library:?}: {text}");
            if what.starts_with("child ") {
                assert_ne!(pid, parent, "{library:?}: {text}");
                children.insert(pid.to_owned());
            } else {
                assert_eq!(pid, parent, "{library:?}: {text}");
            }
            assert!(texts.insert(what.to_owned()), "{library:?}: {text} came twice");
        }
        let output = child.wait_with_output().expect("the program ends");
        assert!(output.status.success(), "{library:?}: {}", String::from_utf8_lossy(&output.stderr));
        let said = format!("{} texts {barriers} barriers {} children\n", texts.len() - children.len(), children.len());
        assert_eq!(String::from_utf8_lossy(&output.stdout), said, "{library:?}");
        assert_eq!((barriers, children.len()), (THREADS * BARRIERS, THREADS * CHILDREN), "{library:?}");
        assert!(receiver.is_empty(), "{library:?}");
    }
}
