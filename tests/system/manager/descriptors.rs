//! Descriptors passed: the store, and socket activation.

use sdnotify_tests::manager::{Manager, on_each};
use std::io::Read;
use std::os::unix::net::UnixStream;

#[test]
fn a_descriptor_survives_a_restart() {
    on_each(|manager| {
        manager.units(&[(
            "keeping.service",
            r#"[Service]
Type=notify
FileDescriptorStoreMax=4
ExecStart=@SPEAKER@ passed @DIR@/given store state store scratch drop scratch say READY=1 sleep 600s
"#,
        )]);
        manager.systemctl("start keeping.service");
        assert_eq!(manager.wait_file("given", "total"), "total 0\n");
        manager.wait("keeping.service", "NFileDescriptorStore", "1");
        std::fs::remove_file(manager.path("given")).expect("the file");

        manager.systemctl("restart keeping.service");
        // The name is as it was sent, and in the file is what the process that died had written there.
        assert_eq!(manager.wait_file("given", "total"), "3 state state\ntotal 1\n");
    });
}

fn answer(manager: &Manager, socket: &str) -> String {
    let mut stream = UnixStream::connect(manager.path(socket)).expect("the manager listens");
    stream.set_read_timeout(Some(sdnotify_tests::manager::PATIENCE)).expect("a time-out");
    let mut text = String::new();
    stream.read_to_string(&mut text).expect("an answer");
    text
}

#[test]
fn the_first_connection_starts_the_service() {
    on_each(|manager| {
        manager.units(&[
            ("one.socket", "[Socket]\nListenStream=@DIR@/one\nFileDescriptorName=front door\n"),
            (
                "one.service",
                "[Service]\nType=notify\nExecStart=@SPEAKER@ passed @DIR@/given say READY=1 answer 2 sleep 600s\n",
            ),
        ]);
        manager.systemctl("start one.socket");
        assert_eq!(manager.state("one.service"), "inactive (dead)");
        assert_eq!(answer(manager, "one"), "front door\n");
        assert_eq!(answer(manager, "one"), "front door\n");
        assert_eq!(manager.wait_file("given", "total"), "3 front door listening-unix\ntotal 1\n");
        manager.wait_state("one.service", "active (running)");
    });
}

#[test]
fn three_sockets_come_with_their_names() {
    on_each(|manager| {
        let socket = |name: &str, listen: &str| {
            let name = if name.is_empty() { String::new() } else { format!("FileDescriptorName={name}\n") };
            format!("[Socket]\n{listen}\n{name}Service=three.service\n")
        };
        manager.units(&[
            ("stream.socket", &socket("control", "ListenStream=@DIR@/control")),
            ("inet.socket", &socket("", "ListenStream=127.0.0.1:7007")),
            ("fifo.socket", &socket("jobs", "ListenFIFO=@DIR@/jobs")),
            (
                "three.service",
                r#"[Service]
Type=notify
Sockets=stream.socket inet.socket fifo.socket
ExecStart=@SPEAKER@ passed @DIR@/given say READY=1 answer 1 sleep 600s
"#,
            ),
        ]);
        manager.systemctl("start stream.socket inet.socket fifo.socket");
        assert_eq!(answer(manager, "control"), "control\n");
        // In which order they come is not defined, which is what the names are for.
        let given = manager.wait_file("given", "total 3");
        let mut sockets: Vec<&str> = given.lines().take(3).filter_map(|line| line.get(2..)).collect();
        sockets.sort_unstable();
        // A socket without a name has its unit's.
        assert_eq!(sockets, ["control listening-unix", "inet.socket listening-inet", "jobs fifo"], "{given}");
    });
}
