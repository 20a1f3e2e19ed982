//! One GET over TCP or a Unix socket, bounded in total time and size.
#![forbid(unsafe_code)]

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream, ToSocketAddrs};
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

/// The largest response to read, including its head.
const SIZE: usize = 1 << 20;
const HEADERS: usize = 64;

#[derive(Clone, Debug)]
pub struct Url {
    text: String,
    server: Server,
    path: String,
}

#[derive(Clone, PartialEq, Eq, Debug)]
enum Server {
    Tcp { host: String, port: u16 },
    Unix(String),
}

impl Url {
    /// Reads `http://HOST[:PORT]/PATH` or `http://unix:/SOCKET:/PATH`.
    pub fn parse(text: &str) -> Result<Url, String> {
        let problem = || format!("--load={text}: not http://HOST[:PORT]/PATH or http://unix:/SOCKET:/PATH");
        // A space or a line break would begin another part of the request.
        if text.bytes().any(|byte| byte <= b' ' || byte == 0x7f) {
            return Err(problem());
        }
        let rest = text.strip_prefix("http://").ok_or_else(problem)?;
        let (server, path) = match rest.strip_prefix("unix:") {
            Some(rest) => {
                let (socket, path) = rest.split_once(":/").unwrap_or((rest, ""));
                if !socket.starts_with('/') {
                    return Err(problem());
                }
                (Server::Unix(socket.into()), format!("/{path}"))
            }
            None => {
                let at = rest.find(['/', '?', '#']).unwrap_or(rest.len());
                let (authority, path) = rest.split_at(at);
                let slash = if path.starts_with('/') { "" } else { "/" };
                (server(authority).ok_or_else(problem)?, format!("{slash}{path}"))
            }
        };
        let path = path.split('#').next().unwrap_or_default().to_owned();
        Ok(Url { text: text.into(), server, path })
    }

    pub fn text(&self) -> &str {
        &self.text
    }

    fn request(&self) -> String {
        let host = match &self.server {
            Server::Tcp { host, port } if host.contains(':') => format!("[{host}]:{port}"),
            Server::Tcp { host, port: 80 } => host.clone(),
            Server::Tcp { host, port } => format!("{host}:{port}"),
            Server::Unix(_) => "localhost".into(),
        };
        let path = &self.path;
        format!(
            "GET {path} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: sdnotify\r\nAccept: */*\r\nConnection: close\r\n\r\n"
        )
    }
}

fn server(authority: &str) -> Option<Server> {
    let (host, port) = match authority.strip_prefix('[') {
        Some(rest) => {
            let (host, after) = rest.split_once(']')?;
            (host, if after.is_empty() { None } else { Some(after.strip_prefix(':')?) })
        }
        None => authority.split_once(':').map_or((authority, None), |(host, port)| (host, Some(port))),
    };
    let port = port.map_or(Some(80), |port| port.parse().ok().filter(|port| *port != 0))?;
    (!host.is_empty() && !host.contains('@')).then(|| Server::Tcp { host: host.into(), port })
}

/// What a connection must support.
trait Stream: Read + Write {
    fn set_timeout(&self, time: Duration) -> std::io::Result<()>;
}

impl Stream for TcpStream {
    fn set_timeout(&self, time: Duration) -> std::io::Result<()> {
        self.set_read_timeout(Some(time)).and_then(|()| self.set_write_timeout(Some(time)))
    }
}

impl Stream for UnixStream {
    fn set_timeout(&self, time: Duration) -> std::io::Result<()> {
        self.set_read_timeout(Some(time)).and_then(|()| self.set_write_timeout(Some(time)))
    }
}

/// The time limit shared by all steps.
struct Deadline {
    end: Instant,
    time: Duration,
}

impl Deadline {
    fn left(&self) -> Result<Duration, String> {
        let left = self.end.saturating_duration_since(Instant::now());
        if left.is_zero() { Err(format!("not finished within {} s", self.time.as_secs())) } else { Ok(left) }
    }

    fn explain(&self, error: &std::io::Error) -> String {
        if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) {
            return format!("not finished within {} s", self.time.as_secs());
        }
        let text = error.to_string();
        text.split(" (os error").next().unwrap_or_default().to_owned()
    }
}

/// The body of a successful response.
pub fn get(url: &Url, time: Duration) -> Result<String, String> {
    let deadline = Deadline { end: Instant::now() + time, time };
    match &url.server {
        Server::Tcp { host, port } => {
            let stream = connect(host, *port, &deadline)?;
            let answer = exchange(&mut &stream, &stream, url, &deadline);
            let _ = stream.shutdown(Shutdown::Both);
            answer
        }
        Server::Unix(path) => {
            let stream = UnixStream::connect(path).map_err(|error| deadline.explain(&error))?;
            exchange(&mut &stream, &stream, url, &deadline)
        }
    }
}

fn connect(host: &str, port: u16, deadline: &Deadline) -> Result<TcpStream, String> {
    let addresses = (host, port).to_socket_addrs().map_err(|error| deadline.explain(&error))?;
    let mut last = "the host name has no address".to_owned();
    for address in addresses {
        match TcpStream::connect_timeout(&address, deadline.left()?) {
            Ok(stream) => return Ok(stream),
            Err(error) => last = deadline.explain(&error),
        }
    }
    Err(last)
}

fn exchange(
    stream: &mut (impl Read + Write),
    timed: &impl Stream,
    url: &Url,
    deadline: &Deadline,
) -> Result<String, String> {
    timed.set_timeout(deadline.left()?).map_err(|error| deadline.explain(&error))?;
    stream.write_all(url.request().as_bytes()).map_err(|error| deadline.explain(&error))?;
    let mut answer = Vec::new();
    let mut buffer = [0; 16384];
    loop {
        timed.set_timeout(deadline.left()?).map_err(|error| deadline.explain(&error))?;
        let end = match stream.read(&mut buffer) {
            Ok(0) => true,
            Ok(n) => {
                answer.extend_from_slice(&buffer[..n]);
                false
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => false,
            Err(error) => return Err(deadline.explain(&error)),
        };
        if answer.len() > SIZE {
            return Err(format!("the response is longer than {SIZE} bytes"));
        }
        if let Some(body) = body(&answer, end)? {
            return Ok(String::from_utf8_lossy(&body).into_owned());
        }
    }
}

/// The body, if the response is complete.
fn body(answer: &[u8], end: bool) -> Result<Option<Vec<u8>>, String> {
    if answer.is_empty() && end {
        return Err("the connection was closed without a response".into());
    }
    let mut headers = [httparse::EMPTY_HEADER; HEADERS];
    let mut head = httparse::Response::new(&mut headers);
    let start = match head.parse(answer) {
        Ok(httparse::Status::Complete(start)) => start,
        Ok(httparse::Status::Partial) if end => return Err("the response is truncated".into()),
        Ok(httparse::Status::Partial) => return Ok(None),
        Err(error) => return Err(format!("not HTTP: {error}")),
    };
    match head.code.unwrap_or(0) {
        200 => {}
        code => return Err(format!("HTTP status {code} {}", head.reason.unwrap_or_default()).trim_end().to_owned()),
    }
    let header = |name: &str| {
        let found = head.headers.iter().find(|header| header.name.eq_ignore_ascii_case(name))?;
        Some(String::from_utf8_lossy(found.value).trim().to_owned())
    };
    let rest = &answer[start..];
    if header("Transfer-Encoding").is_some_and(|encoding| encoding.eq_ignore_ascii_case("chunked")) {
        return chunks(rest, end);
    }
    match header("Content-Length") {
        None if end => Ok(Some(rest.to_vec())),
        None => Ok(None),
        Some(length) => {
            let length: usize = length.parse().map_err(|_| "bad Content-Length".to_owned())?;
            match rest.get(..length) {
                Some(body) => Ok(Some(body.to_vec())),
                None if length > SIZE => Err(format!("the response is longer than {SIZE} bytes")),
                None if end => Err("the response is truncated".into()),
                None => Ok(None),
            }
        }
    }
}

fn chunks(mut rest: &[u8], end: bool) -> Result<Option<Vec<u8>>, String> {
    let mut body = Vec::new();
    let cut_off = || if end { Err("the response is truncated".to_owned()) } else { Ok(None) };
    loop {
        let Ok(status) = httparse::parse_chunk_size(rest) else { return Err("bad chunk".into()) };
        let httparse::Status::Complete((start, size)) = status else { return cut_off() };
        if size == 0 {
            return Ok(Some(body));
        }
        let size = usize::try_from(size).ok().filter(|size| *size <= SIZE).ok_or("chunk too long")?;
        let (Some(chunk), Some(after)) = (rest.get(start..start + size), rest.get(start + size + 2..)) else {
            return cut_off();
        };
        body.extend_from_slice(chunk);
        rest = after;
    }
}

#[cfg(test)]
mod fuzz;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        for (text, host, port, path) in [
            ("http://h", "h", 80, "/"),
            ("http://127.0.0.1:8000/fpm-status?json#x", "127.0.0.1", 8000, "/fpm-status?json"),
            ("http://[::1]:81?auto", "::1", 81, "/?auto"),
        ] {
            let url = Url::parse(text).expect("good");
            assert_eq!(url.server, Server::Tcp { host: host.into(), port });
            assert_eq!(url.path, path);
        }
        let url = Url::parse("http://unix:/run/a.sock:/load").expect("good");
        assert_eq!((url.server, url.path.as_str()), (Server::Unix("/run/a.sock".into()), "/load"));
        for text in [
            "",
            "h",
            "https://h/",
            "file:///etc",
            "http://",
            "http:///x",
            "http://h:x/",
            "http://h:0/",
            "http://u@h/",
            "http://unix:a:/b",
            "http://[::1/",
            "http://h/a b",
            "http://h/\r\nX: y",
        ] {
            assert!(Url::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn answers() {
        let read = |text: &str| {
            body(text.as_bytes(), true).map(|body| body.map(|body| String::from_utf8_lossy(&body).into_owned()))
        };
        assert_eq!(read("HTTP/1.0 200 OK\r\n\r\na: 1"), Ok(Some("a: 1".into())));
        assert_eq!(read("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nabc"), Ok(Some("ab".into())));
        let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;x=y\r\nab\r\n1\r\nc\r\n0\r\n\r\n";
        assert_eq!(read(chunked), Ok(Some("abc".into())));
        for (text, why) in [
            ("", "without a response"),
            ("HTTP/1.0 200 OK\r\n", "truncated"),
            ("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nabc", "truncated"),
            ("HTTP/1.1 302 Found\r\nLocation: /x\r\n\r\n", "HTTP status 302 Found"),
            ("HTTP/1.1 500\r\n\r\n", "HTTP status 500"),
            ("SSH-2.0-x\r\n", "not HTTP"),
            ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffff\r\n", "too long"),
        ] {
            assert!(read(text).is_err_and(|problem| problem.contains(why)), "{text}");
        }
        for at in 0..chunked.len() {
            let cut = body(&chunked.as_bytes()[..at], false);
            assert!(cut == Ok(None) || cut == Ok(Some(b"abc".to_vec())), "{at}");
        }
    }
}
