//! Endpoints, commands, files and readers that misbehave: the wait goes on as long as its limit lets it.

use crate::by_hand::{ended, has, helper, page, run, signalled};
use crate::loopback;
use sdnotify_tests::tree::Scratch;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::os::unix::net::UnixListener;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// How long anything may take here, on a loaded machine.
const PATIENCE: Duration = Duration::from_secs(60);

type Serve = fn(TcpStream);

/// A server that does the same with each connection.
fn server(serve: Serve) -> String {
    let listener = loopback::listener();
    let address = listener.local_addr().expect("an address");
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            thread::spawn(move || {
                let mut reader = BufReader::new(stream.try_clone().expect("a descriptor"));
                let mut line = String::from("?");
                while !line.trim().is_empty() {
                    line.clear();
                    let _ = reader.read_line(&mut line);
                }
                serve(stream);
            });
        }
    });
    format!("http://{address}/")
}

fn say(mut stream: TcpStream, text: &str) {
    let _ = stream.write_all(text.as_bytes());
}

fn wait_for(what: &str, mut condition: impl FnMut() -> bool) {
    let begin = Instant::now();
    while !condition() {
        assert!(begin.elapsed() < PATIENCE, "waited in vain for {what}");
        thread::sleep(Duration::from_millis(20));
    }
}

/// Starts a wait of a page of its own, for at most four seconds.
fn start(scratch: &Scratch, name: &str, arguments: &[&str]) -> Child {
    let page = scratch.path(name).display().to_string();
    fs::write(&page, "in service\n").expect("a file");
    let arguments = [&["wait", "--limit", "4", "--notice", "1", "--page", &page], arguments].concat();
    helper(&arguments).spawn().expect("the helper")
}

#[test]
fn endpoints_that_misbehave_are_one_line() {
    let scratch = Scratch::new("drain");
    let endpoints: &[(Serve, &str)] = &[
        (
            |mut stream| {
                // It never ends, a byte at a time.
                let _ = stream.write_all(b"HTTP/1.0 200 OK\r\n\r\nbusy: 0\n");
                while stream.write_all(b"x").is_ok() {
                    thread::sleep(Duration::from_millis(100));
                }
            },
            "not finished within 3 s",
        ),
        (
            |mut stream| {
                let _ = stream.write_all(b"HTTP/1.0 200 OK\r\n\r\n");
                while stream.write_all(&[b'x'; 65536]).is_ok() {}
            },
            "the response is longer than 1048576 bytes",
        ),
        (|stream| say(stream, "HTTP/1.1 302 Found\r\nLocation: /login\r\n\r\n"), "HTTP status 302 Found"),
        (|stream| say(stream, "HTTP/1.1 500 Oops\r\n\r\nbusy: 0\n"), "HTTP status 500 Oops"),
        (|stream| say(stream, "HTTP/1.1 200 OK\r\n\r\n<html>busy</html>"), "no 'busy: NUMBER' found"),
        (|stream| say(stream, "HTTP/1.1 200 OK\r\n\r\nbusy: -1\n"), "busy: '-1' is negative"),
        (|stream| say(stream, "HTTP/1.1 200 OK\r\n\r\nbusy: 99999999999\n"), "'99999999999' is too large"),
        (|stream| say(stream, "HTTP/1.1 200 OK\r\n\r\nbusy: 0,5\n"), "busy: '0,5' is not a number"),
        (|stream| say(stream, "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nbusy: 0\n"), "the response is truncated"),
        (|stream| say(stream, "SSH-2.0-server\r\n"), "not HTTP: "),
        (drop, "the connection was closed without a response"),
    ];
    let begin = Instant::now();
    let start = |(number, (serve, text)): (usize, &(Serve, &'static str))| {
        let url = server(*serve);
        (start(&scratch, &format!("page{number}"), &["--load", &url, "busy"]), url, *text)
    };
    let helpers: Vec<_> = endpoints.iter().enumerate().map(start).collect();
    for (child, url, text) in helpers {
        let (status, said) = ended(child.wait_with_output().expect("its output"));
        assert_eq!(status, Some(1), "{said}");
        let lines: Vec<&str> = said.lines().collect();
        let [away, problem, last] = lines[..] else { panic!("{text}: {said}") };
        assert!(away.ends_with(" is away: the balancer should send nothing more."), "{said}");
        assert!(problem.starts_with(&format!("drain: {url}: ")) && problem.contains(text), "{text}: {said}");
        assert!(last.starts_with("drain: Limit reached, load unknown after 4 s: no answer ("), "{said}");
    }
    assert!(begin.elapsed() >= Duration::from_secs(4));
}

#[test]
fn a_part_of_a_request_is_load() {
    let scratch = Scratch::new("drain");
    let url = server(|stream| say(stream, "HTTP/1.1 200 OK\r\n\r\nbusy: 0.9\n"));
    let (status, said) =
        ended(start(&scratch, "page", &["--load", &url, "busy"]).wait_with_output().expect("its output"));
    assert_eq!(status, Some(1));
    assert!(said.contains("drain: Limit reached, still loaded after 4 s: busy: 1\n"), "{said}");
}

#[test]
fn commands_that_misbehave_are_one_line() {
    let scratch = Scratch::new("drain");
    let hanging = scratch.path("hanging").display().to_string();
    let hang = format!("echo $$ > {hanging}; sleep 300; echo 0");
    let commands = [
        (hang.as_str(), "not finished within 3 s"),
        ("yes", "not finished within 3 s"),
        ("echo broken >&2; exit 3", "exit status 3: broken"),
        ("true", "printed nothing"),
        ("echo 0 clients", "printed more than a number"),
        ("echo none", "'none' is not a number"),
        ("echo -5", "'-5' is negative"),
    ];
    let start = |(number, (command, text)): (usize, &(&str, &'static str))| {
        (start(&scratch, &format!("page{number}"), &["--load-command", command]), *text)
    };
    let helpers: Vec<_> = commands.iter().enumerate().map(start).collect();
    for (child, text) in helpers {
        let (status, said) = ended(child.wait_with_output().expect("its output"));
        assert_eq!(status, Some(1), "{said}");
        assert!(said.lines().nth(1).is_some_and(|line| line.contains(text)), "{text}: {said}");
    }
    // Both the one that was too slow, and the one that ran at the end.
    let pid = fs::read_to_string(hanging).expect("its process");
    wait_for("the command's end", || !fs::exists(format!("/proc/{}", pid.trim())).expect("/proc"));
}

#[test]
fn a_way_out_that_fails_does_not_end_the_wait() {
    let scratch = Scratch::new("drain");
    let page = page(&scratch);
    let missing = scratch.path("missing").display().to_string();
    let directory = scratch.dir().display().to_string();
    let load = scratch.path("load").display().to_string();
    fs::write(&load, "3\n").expect("a file");
    let command = format!("cat {load}");
    let ways = ["--page", &missing, "--page", &page, "--page", &directory, "--away", "exit 7", "--away", "true"];
    let arguments = [&["wait", "--notice", "1", "--load-command", &command], &ways[..]].concat();
    let mut child = helper(&arguments).spawn().expect("the helper");
    wait_for("the page", || !has(&page));
    thread::sleep(Duration::from_secs(3));
    assert!(child.try_wait().expect("its state").is_none(), "it waits");
    fs::write(&load, "0\n").expect("a file");
    let (status, said) = ended(child.wait_with_output().expect("its output"));
    assert_eq!(status, Some(1), "{said}");
    for text in [
        format!("drain: {missing}: neither it nor {missing}.away exists.\n"),
        format!("drain: {directory} or {directory}.away is a directory.\n"),
        "drain: exit 7: exit status 7.\n".into(),
        "drain: true: done.\n".into(),
        "drain: No load after ".into(),
    ] {
        assert!(said.contains(&text), "{text}: {said}");
    }
}

#[test]
fn a_shower_of_signals_puts_the_page_back() {
    let scratch = Scratch::new("drain");
    let page = page(&scratch);
    for _ in 0..10 {
        let mut child = helper(&["wait", "--page", &page, "--load-command", "echo 1"]).spawn().expect("the helper");
        wait_for("the page", || !has(&page));
        while child.try_wait().expect("its state").is_none() {
            signalled(&child, libc::SIGINT);
        }
        let (status, said) = ended(child.wait_with_output().expect("its output"));
        assert_eq!(status, Some(1), "{said}");
        assert!(has(&page), "{said}");
    }
}

#[test]
fn two_drains_of_one_page() {
    let scratch = Scratch::new("drain");
    let page = page(&scratch);
    let arguments = ["wait", "--page", &page, "--load-command", "echo 1"];
    let first = helper(&arguments).spawn().expect("the helper");
    wait_for("the page", || !has(&page));
    let mut second = helper(&arguments).spawn().expect("the helper");
    let mut said = String::new();
    let mut reader = BufReader::new(second.stderr.take().expect("a pipe"));
    reader.read_line(&mut said).expect("a line");
    assert_eq!(said, format!("drain: {page} was already away.\n"));
    signalled(&second, libc::SIGTERM);
    assert_eq!(second.wait().expect("its end").code(), Some(1));
    assert!(!has(&page), "the first still needs it away");
    signalled(&first, libc::SIGKILL);
    first.wait_with_output().expect("its end");
    // A deployment puts a new page there meanwhile, which stays.
    assert!(!has(&page));
    fs::write(&page, "newer\n").expect("a file");
    assert_eq!(run(&["restore", "--page", &page]), (Some(0), String::new()));
    assert_eq!(fs::read_to_string(&page).expect("the page"), "newer\n");
    assert!(!has(&format!("{page}.away")));
}

#[test]
fn nobody_has_to_read_what_it_says() {
    let scratch = Scratch::new("drain");
    let (unread, _open) = {
        let (reader, writer) = std::io::pipe().expect("a pipe");
        (writer, reader)
    };
    let mut full = unread.try_clone().expect("a descriptor");
    // SAFETY: fcntl() on a descriptor that is open.
    unsafe { libc::fcntl(std::os::fd::AsRawFd::as_raw_fd(&full), libc::F_SETFL, libc::O_NONBLOCK) };
    while full.write(&[0; 4096]).is_ok() {}
    // As the helper finds it: a write would wait.
    // SAFETY: as before.
    unsafe { libc::fcntl(std::os::fd::AsRawFd::as_raw_fd(&full), libc::F_SETFL, 0) };
    let mut children = Vec::new();
    for (name, stderr) in [("full", Stdio::from(File::create("/dev/full").expect("a device"))), ("pipe", unread.into())]
    {
        let page = scratch.path(name).display().to_string();
        fs::write(&page, "").expect("a file");
        let mut helper = helper(&["wait", "--notice", "2", "--page", &page, "--load-command", "echo 0"]);
        children.push((page, helper.stderr(stderr).spawn().expect("the helper")));
    }
    let page = page(&scratch);
    let mut shell = Command::new("/bin/sh");
    let program = helper(&[]).get_program().to_owned();
    let line = "exec \"$0\" drain wait --notice 2 --page \"$1\" --load-command 'echo 0' 2>&- >&-";
    shell.arg("-c").arg(line).arg(program).arg(&page).env_remove("NOTIFY_SOCKET").env_remove("SERVICE_RESULT");
    children.push((page, shell.spawn().expect("the helper")));
    for (page, mut child) in children {
        let begin = Instant::now();
        wait_for("the page", || !has(&page));
        let status = loop {
            match child.try_wait().expect("its state") {
                Some(status) => break status,
                None if begin.elapsed() > PATIENCE => {
                    let _ = child.kill();
                    panic!("{page}: it hangs");
                }
                None => thread::sleep(Duration::from_millis(20)),
            }
        };
        assert_eq!(status.code(), Some(0), "{page}");
    }
}

#[test]
fn a_bad_main_pid_is_a_warning() {
    let scratch = Scratch::new("drain");
    let page = page(&scratch);
    let mut command = helper(&["wait", "--notice", "1", "--page", &page, "--load-command", "echo 0"]);
    command.env("SERVICE_RESULT", "success").env("MAINPID", "x");
    let (status, said) = ended(command.output().expect("the helper"));
    assert_eq!(status, Some(0), "{said}");
    assert!(
        said.starts_with("drain: MAINPID=x is not a process ID; the end of the service will go unnoticed.\n"),
        "{said}"
    );
    assert!(said.contains("drain: No load after "), "{said}");
}

#[test]
fn load_of_several_kinds_is_summed() {
    let scratch = Scratch::new("drain");
    let socket = scratch.path("status.sock");
    let listener = UnixListener::bind(&socket).expect("a socket");
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut request = [0; 4096];
            let n = stream.read(&mut request).unwrap_or(0);
            let json = request[..n].starts_with(b"GET /status?json HTTP/1.1\r\nHost: localhost\r\n");
            let body = if json { r#"{"active processes":4}"# } else { "?" };
            let _ = write!(
                stream,
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{:x}\r\n{body}\r\n0\r\n\r\n",
                body.len()
            );
        }
    });
    let metrics =
        server(|stream| say(stream, "HTTP/1.1 200 OK\r\n\r\n# TYPE now gauge\nnow{pool=\"a\"} 5\nnow{pool=\"b\"} 6\n"));
    let busy = loopback::listener();
    let address = busy.local_addr().expect("an address").to_string();
    let _clients = [TcpStream::connect(&address).expect("taken"), TcpStream::connect(&address).expect("taken")];
    let url = format!("http://unix:{}:/status?json", socket.display());
    let loads = [
        &["--load", &url, "/active processes", "--load", &metrics, "now", "now{pool=\"b\"}"][..],
        &["--load-command", "echo 7", "--load-tcp", &address],
    ]
    .concat();
    let (status, said) = ended(start(&scratch, "page", &loads).wait_with_output().expect("its output"));
    assert_eq!(status, Some(1), "{said}");
    let seen = format!("/active processes: 4, now: 11, now{{pool=\"b\"}}: 6, command: 7, connections to {address}: 2");
    assert!(said.ends_with(&format!(" after 4 s: {seen}\n")), "{said}");
    // The sum is 30.
    let idle = [&["--idle", "30"], &loads[..]].concat();
    let (status, said) = ended(start(&scratch, "page", &idle).wait_with_output().expect("its output"));
    assert_eq!(status, Some(0), "{said}");
    let (status, said) = ended(
        start(&scratch, "page", &[&["--idle", "29"], &loads[..]].concat()).wait_with_output().expect("its output"),
    );
    assert_eq!(status, Some(1), "{said}");
}
