//! For people and programs: commands as ways out, HAProxy's agent, JSON, the line in place, and the check before the day.

use crate::by_hand::{ended, has, helper, page, run, signalled};
use crate::loopback;
use sdnotify_tests::tree::Scratch;
use std::fs;
use std::io::Read;
use std::net::{Shutdown, TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

#[test]
fn commands_take_the_node_out_and_put_it_back() {
    let scratch = Scratch::new("drain");
    let log = scratch.path("log").display().to_string();
    let (away, back) = (format!("echo away >> {log}"), format!("echo back >> {log}"));
    let ways = ["--away", &away, "--back", &back];
    let done = || fs::read_to_string(&log).unwrap_or_default();
    let wait = [&["wait", "--notice", "1", "--load-command", "echo 0"], &ways[..]].concat();
    let (status, said) = run(&wait);
    assert_eq!((status, done().as_str()), (Some(0), "away\n"), "{said}");
    let (status, said) = run(&["restore", "--back", &back]);
    assert_eq!((status, done().as_str()), (Some(0), "away\nback\n"), "{said}");
    assert_eq!(said, format!("drain: {back}: done.\n"));

    let wait = [&["wait", "--load-command", "echo 1"], &ways[..]].concat();
    let child = helper(&wait).spawn().expect("the helper");
    let begin = Instant::now();
    while done() != "away\nback\naway\n" {
        assert!(begin.elapsed() < Duration::from_secs(60), "it is not taken out");
        thread::sleep(Duration::from_millis(20));
    }
    signalled(&child, libc::SIGTERM);
    let (status, said) = ended(child.wait_with_output().expect("its output"));
    assert_eq!((status, done().as_str()), (Some(1), "away\nback\naway\nback\n"), "{said}");

    assert_eq!(run(&["restore", "--back", "exit 9"]), (Some(1), "drain: exit 9: exit status 9.\n".into()));
}

/// A port that is free now.
fn port() -> String {
    loopback::listener().local_addr().expect("a port").to_string()
}

/// What the agent there says, when it is there.
fn ask(address: &str) -> String {
    let begin = Instant::now();
    loop {
        let mut answer = String::new();
        if let Ok(mut stream) = TcpStream::connect(address) {
            // HAProxy closes after it has read the line.
            stream.read_to_string(&mut answer).expect("an answer");
            let _ = stream.shutdown(Shutdown::Both);
            return answer;
        }
        assert!(begin.elapsed() < Duration::from_secs(60), "no agent at {address}");
        thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn the_agent_says_that_the_node_drains_and_later_that_it_is_ready() {
    let address = port();
    let wait = ["wait", "--notice", "2", "--agent", &address, "--load-command", "echo 0"];
    let child = helper(&wait).spawn().expect("the helper");
    assert_eq!(ask(&address), "drain\n");
    assert_eq!(ask(&address), "drain\n");
    let (status, said) = ended(child.wait_with_output().expect("its output"));
    assert_eq!(status, Some(0), "{said}");

    let child = helper(&["restore", "--notice", "2", "--agent", &address]).spawn().expect("the helper");
    assert_eq!(ask(&address), "ready up\n");
    assert_eq!(ended(child.wait_with_output().expect("its output")), (Some(0), String::new()));

    // Interrupted, the node is put back.
    let wait = ["wait", "--notice", "3", "--agent", &address, "--load-command", "echo 1"];
    let child = helper(&wait).spawn().expect("the helper");
    assert_eq!(ask(&address), "drain\n");
    signalled(&child, libc::SIGINT);
    let begin = Instant::now();
    while ask(&address) != "ready up\n" {
        assert!(begin.elapsed() < Duration::from_secs(60));
    }
    let (status, said) = ended(child.wait_with_output().expect("its output"));
    assert_eq!(status, Some(1), "{said}");

    // A node that no balancer asks about was never taken out.
    let (status, said) = run(&["wait", "--notice", "1", "--agent", &address, "--load-command", "echo 0"]);
    assert_eq!(status, Some(1), "{said}");
    assert!(said.contains(&format!("drain: No balancer has asked the agent at {address}.\n")), "{said}");
    let _taken = TcpListener::bind(&address).expect("the port");
    let (status, said) = run(&["restore", "--notice", "1", "--agent", &address]);
    assert_eq!((status, said), (Some(1), format!("drain: the agent at {address}: Address already in use.\n")));
}

#[test]
fn a_program_reads_json() {
    let scratch = Scratch::new("drain");
    let page = page(&scratch);
    let wait = |limit, load| {
        let arguments = ["wait", "--json", "--limit", limit, "--notice", "1", "--page", &page, "--load-command", load];
        let output = helper(&arguments).output().expect("the helper");
        let text = String::from_utf8(output.stdout).expect("UTF-8");
        let read = |line| serde_json::from_str::<serde_json::Value>(line).expect("JSON");
        (output.status.code(), text.lines().map(read).collect::<Vec<_>>())
    };
    let (status, events) = wait("30", "echo 0");
    let last = events.last().expect("an event");
    assert_eq!(status, Some(0), "{last}");
    assert_eq!((&last["event"], &last["result"], &last["load"]), (&"end".into(), &"drained".into(), &0.into()));
    assert!(events.len() >= 2 && events[0]["event"] == "progress" && events[0]["limit"] == 30.0, "{events:?}");

    let (status, events) = wait("2", "echo 7");
    let last = events.last().expect("an event");
    assert_eq!((status, &last["result"], &last["load"]), (Some(1), &"limit".into(), &7.into()));
    let (status, events) = wait("2", "echo '\u{1b}[1m'");
    let last = events.last().expect("an event");
    assert_eq!((status, &last["result"], &last["load"]), (Some(1), &"limit".into(), &serde_json::Value::Null));
}

#[test]
fn a_person_sees_a_line_that_counts_down() {
    let scratch = Scratch::new("drain");
    let page = page(&scratch);
    let program = helper(&[]).get_program().to_str().expect("UTF-8").to_owned();
    let line = format!("{program} drain wait --limit 4 --notice 1 --page {page} --load-command 'echo 2'");
    let mut script = Command::new("script");
    script.args(["-q", "-e", "-c", &line, "/dev/null"]).env_remove("NOTIFY_SOCKET").env_remove("SERVICE_RESULT");
    let output = script.stdin(Stdio::null()).output().expect("script, of util-linux");
    let said = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{said}");
    let mut shown =
        said.split("\r\u{1b}[K").filter_map(|line| line.strip_prefix("Draining, ")?.split_once(" s left: "));
    let (first, _) = shown.next().expect("a line");
    assert_eq!(first, "4");
    let (last, seen) = shown.last().expect("another");
    assert!(["0", "1", "2"].contains(&last) && seen.trim_end() == "command: 2", "{said:?}");
    assert!(said.contains("\r\u{1b}[Kdrain: Limit reached, still loaded after 4 s: command: 2\r\n"), "{said:?}");
}

#[test]
fn the_check_takes_nothing_out() {
    let scratch = Scratch::new("drain");
    let page = page(&scratch);
    let log = scratch.path("log").display().to_string();
    let command = format!("echo run > {log}");
    let check = |arguments: &[&str]| {
        let output = helper(&[&["check"], arguments].concat()).output().expect("the helper");
        (output.status.code(), String::from_utf8(output.stdout).expect("UTF-8"))
    };
    let ways = ["--page", &page, "--away", &command, "--back", &command];
    let (status, said) = check(&[&ways[..], &["--agent", &port(), "--load-command", "echo 3"]].concat());
    assert_eq!(status, Some(0), "{said}");
    assert!(said.lines().count() == 5 && said.lines().all(|line| line.starts_with("ok: ")), "{said}");
    assert!(said.contains(&format!("ok: {page}: exists and can be renamed\n")), "{said}");
    assert!(said.contains("ok: echo 3: command: 3\n"), "{said}");
    assert!(has(&page) && !has(&log), "nothing was done");

    let missing = scratch.path("missing").display().to_string();
    let url = format!("http://{}/", port());
    let program = "/nonexistent/consul maint";
    let ways = ["--page", &missing, "--away", program, "--back", "if", "--agent", "127.0.0.1:1"];
    let loads = ["--load", &url, "busy", "--load-command", "echo 0"];
    let (status, said) = check(&[&ways[..], &loads[..]].concat());
    assert_eq!(status, Some(1), "{said}");
    for problem in [
        format!("PROBLEM: {missing}: No such file or directory\n"),
        format!("PROBLEM: {program}: /nonexistent/consul: not found\n"),
        "PROBLEM: if: exit status 2: ".into(),
        format!("PROBLEM: {url}: Connection refused\n"),
        "ok: echo 0: command: 0\n".into(),
    ] {
        assert!(said.contains(&problem), "{problem}: {said}");
    }
    fs::rename(&page, format!("{page}.away")).expect("renamed");
    let (status, said) = check(&["--page", &page, "--load-command", "echo 0"]);
    assert_eq!(status, Some(1));
    assert!(said.contains("; run sdnotify drain restore\n"), "{said}");
}
