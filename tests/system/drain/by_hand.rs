//! The stop helper without a unit: what it tells the manager, and its errors.

use crate::loopback;
use sdnotify_tests::receiver::Receiver;
use sdnotify_tests::tree::{self, Scratch};
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// `sdnotify drain`, by hand.
pub fn helper(arguments: &[&str]) -> Command {
    let mut command = Command::new(tree::installed().join("bin/sdnotify"));
    command.arg("drain").args(arguments);
    command.env_remove("NOTIFY_SOCKET").env_remove("SERVICE_RESULT").env_remove("MAINPID");
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// How it ended, and what it said.
pub fn run(arguments: &[&str]) -> (Option<i32>, String) {
    ended(helper(arguments).output().expect("the helper"))
}

pub fn ended(output: Output) -> (Option<i32>, String) {
    (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
}

/// A status page in a directory of its own.
pub fn page(scratch: &Scratch) -> String {
    fs::write(scratch.path("page"), "in service\n").expect("a file");
    scratch.path("page").display().to_string()
}

/// A load endpoint that gives one answer after another, and the last one again and again: none, a text, or, if that begins
/// so, all of a reply.
fn endpoint(answers: &'static [Option<&str>]) -> String {
    let listener = loopback::listener();
    let address = listener.local_addr().expect("an address");
    thread::spawn(move || {
        let last = answers.last().expect("at least one");
        for answer in answers.iter().chain(std::iter::repeat(last)) {
            let Ok((mut stream, _)) = listener.accept() else { return };
            let mut reader = BufReader::new(stream.try_clone().expect("a descriptor"));
            let mut line = String::from("?");
            while !line.trim().is_empty() {
                line.clear();
                let _ = reader.read_line(&mut line);
            }
            if let Some(text) = answer {
                let head = if text.starts_with("HTTP/") { "" } else { "HTTP/1.0 200 OK\r\n\r\n" };
                let _ = write!(stream, "{head}{text}");
            }
        }
    });
    format!("http://{address}/load")
}

pub fn signalled(child: &Child, signal: i32) {
    // SAFETY: kill() takes no pointer; the process is a child that has not been waited for.
    assert_eq!(unsafe { libc::kill(child.id() as i32, signal) }, 0);
}

pub fn has(page: &str) -> bool {
    fs::exists(page).expect("a path")
}

#[test]
fn it_tells_how_long_it_waits_for_what() {
    let scratch = Scratch::new("drain");
    let page = page(&scratch);
    let receiver = Receiver::abstract_name();
    let url = endpoint(&[
        Some("queue: 7\nbusy: 2 of 9\nidle: 5\n"),
        None,
        Some("HTTP/1.0 500 \x1b[1mno\0no\r\n\r\n"),
        Some("idle: 5\n"),
        Some("busy: 1\nqueue:\t0\n"),
    ]);
    let mut child = helper(&["wait", "--notice", "1", "--idle", "1", "--page", &page, "--load", &url, "busy", "queue"]);
    let child = child.env("NOTIFY_SOCKET", receiver.address()).spawn().expect("the helper");
    let more = "EXTEND_TIMEOUT_USEC=15000000";
    let first = receiver.next().text();
    assert!(first.starts_with("STOPPING=1\nSTATUS=Draining for "), "{first}");
    assert!(first.ends_with(&format!(" s, at most 30 s: the load is not known yet\n{more}")), "{first}");
    let next = |seen: &str| {
        let message = receiver.next().text();
        let lines: Vec<&str> = message.split('\n').collect();
        let [status, extend] = lines[..] else { panic!("{message}") };
        assert!(status.starts_with("STATUS=Draining for "), "{message}");
        assert!(status.ends_with(seen), "{message}");
        assert_eq!(extend, more);
    };
    next(" s, at most 30 s: busy: 2, queue: 7");
    next(": no answer (the connection was closed without a response)");
    next(": no answer (not HTTP: invalid response status)");
    next(": no answer (no 'busy: NUMBER' found)");
    let last = receiver.next().text();
    assert!(last.starts_with("STATUS=No load after ") && last.ends_with(" s: busy: 1, queue: 0"), "{last}");
    // The barrier: it is over when the descriptor is closed.
    let barrier = receiver.next();
    assert_eq!((barrier.text().as_str(), barrier.fds.len()), ("BARRIER=1", 1));
    drop(barrier);
    let (status, said) = ended(child.wait_with_output().expect("its output"));
    assert_eq!(status, Some(0), "{said}");
    let failing = said.lines().filter(|line| line.ends_with("; trying again.")).count();
    assert_eq!(failing, 1, "once is enough: {said}");
    assert!(!has(&page), "by hand it stays away");

    assert_eq!(run(&["restore", "--page", &page]), (Some(0), format!("drain: {page} is back.\n")));
    assert_eq!(run(&["restore", "--page", &page]), (Some(0), String::new()));
    assert!(has(&page) && !has(&format!("{page}.away")));
}

#[test]
fn an_interruption_puts_the_page_back() {
    let scratch = Scratch::new("drain");
    let page = page(&scratch);
    let url = endpoint(&[Some("busy: 1\n")]);
    for (number, name) in [(libc::SIGTERM, "SIGTERM"), (libc::SIGINT, "SIGINT"), (libc::SIGHUP, "SIGHUP")] {
        let child = helper(&["wait", "--page", &page, "--load", &url, "busy"]).spawn().expect("the helper");
        let begin = Instant::now();
        while has(&page) {
            assert!(begin.elapsed() < Duration::from_secs(30), "the page is not taken away");
            thread::sleep(Duration::from_millis(20));
        }
        signalled(&child, number);
        let (status, said) = ended(child.wait_with_output().expect("its output"));
        assert_eq!(status, Some(1), "{said}");
        assert!(said.contains(&format!("drain: Interrupted by {name} after ")), "{said}");
        assert!(has(&page));
    }
}

#[test]
fn an_endpoint_that_never_answers_is_an_error_after_the_limit() {
    let scratch = Scratch::new("drain");
    let page = page(&scratch);
    // It takes connections and is silent.
    let listener = loopback::listener();
    let url = format!("http://{}/", listener.local_addr().expect("an address"));
    let begin = Instant::now();
    let (status, said) = run(&["wait", "--limit", "4", "--notice", "1", "--page", &page, "--load", &url, "busy"]);
    assert_eq!(status, Some(1), "{said}");
    assert!(said.contains(&format!("drain: {url}: not finished within 3 s; trying again.\n")), "{said}");
    assert!(said.contains("drain: Limit reached, load unknown after "), "{said}");
    assert!(said.contains(" s: no answer (not finished within 3 s)\n"), "{said}");
    assert!((4..20).contains(&begin.elapsed().as_secs()), "{:?}", begin.elapsed());

    drop(listener);
    let (status, said) = run(&["wait", "--limit", "1", "--notice", "1", "--page", &page, "--load", &url, "busy"]);
    assert_eq!(status, Some(1), "{said}");
    assert!(said.starts_with(&format!("drain: {page} was already away.\n")), "{said}");
    assert!(said.contains("Connection refused"), "{said}");
}

#[test]
fn what_cannot_be_is_said_in_one_line() {
    let scratch = Scratch::new("drain");
    let page = page(&scratch);
    let url = "http://127.0.0.1:1/";
    let way = ["--page", page.as_str()];
    let load = ["--load", url, "busy"];
    let cases: &[(&[&str], &str)] = &[
        (&["--limit", "0"], "'--limit <TIME>': must be from 1s to 1d"),
        (&["--limit", "nan"], "'--limit <TIME>': not a unit of time: nan"),
        (&["--limit", "infinity"], "'--limit <TIME>': must be from 1s to 1d"),
        (&["--limit", "4"], "--notice is longer than --limit"),
        (&["--idle", "-1"], "'-1'"),
        (&["--load", "file:///etc/passwd", "busy"], "--load=file:///etc/passwd: not http://HOST[:PORT]/PATH"),
        (&["--load", "https://localhost/", "busy"], "--load=https://localhost/: not http://HOST[:PORT]/PATH"),
        (&["--load", url], "'--load <URL> <FIELD>...'"),
        (&["--load-tcp", "http"], "--load-tcp=http: not [ADDRESS:]PORT"),
    ];
    let said = |arguments: &[&str], expected: i32| {
        let (code, said) = run(arguments);
        assert_eq!(code, Some(expected), "{arguments:?}: {said}");
        assert_eq!(said.lines().count(), 1, "{said}");
        said
    };
    for (arguments, text) in cases {
        let said = said(&[&["wait"], &way[..], &load, arguments].concat(), 2);
        assert!(said.contains(text), "{text}: {said}");
    }
    assert!(said(&[&["wait"], &load[..]].concat(), 2).contains("use --page, --away or --agent"));
    assert!(said(&[&["wait"], &way[..]].concat(), 2).contains("use --load, --load-command or --load-tcp"));
    assert!(said(&["restore"], 2).contains("nothing to put back"));
    let missing = scratch.path("missing").display().to_string();
    let restored = said(&["restore", "--page", &missing], 1);
    assert_eq!(restored, format!("drain: {missing}: neither it nor {missing}.away exists.\n"));
    assert!(has(&page), "nothing was taken away");
}
