//! A constant load: clients that ask again as soon as they were answered, with bounds on how often and how long.

use sdnotify_tests::manager::{Manager, PATIENCE};
use std::io::{Error, ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

const TIMEOUT: Duration = Duration::from_secs(20);
/// As many requests as a client makes at most, and so long it asks at most.
const REQUESTS: u32 = 10_000;
const TIME: Duration = Duration::from_secs(600);

/// One request: when it was sent, and the text of its answer, or what went wrong.
#[derive(Clone, Debug)]
pub struct Answer {
    pub sent: Instant,
    pub text: Result<String, String>,
}

pub struct Load {
    shared: Arc<Mutex<Shared>>,
    clients: Vec<JoinHandle<()>>,
}

#[derive(Default)]
struct Shared {
    over: bool,
    answers: Vec<Answer>,
}

/// What went wrong, of each request that failed.
pub fn failures(answers: &[Answer]) -> Vec<&String> {
    answers.iter().filter_map(|answer| answer.text.as_ref().err()).collect()
}

impl Load {
    /// Starts as many clients in the manager's network, each of which asks for a path all the time.
    pub fn start(manager: &Manager, clients: u32, address: &str, path: &str) -> Load {
        let address = address.parse().expect("an address");
        let shared = Arc::new(Mutex::new(Shared::default()));
        let client = |_| {
            let (network, path, shared) = (manager.network(), path.to_owned(), Arc::clone(&shared));
            thread::spawn(move || {
                network.enter();
                let begin = Instant::now();
                for _ in 0..REQUESTS {
                    let answer = ask(address, &path);
                    let mut shared = shared.lock().expect("not poisoned");
                    shared.answers.push(answer);
                    if shared.over || begin.elapsed() > TIME {
                        break;
                    }
                }
            })
        };
        let clients = (0..clients).map(client).collect();
        Load { shared, clients }
    }

    /// Those that were answered until now.
    pub fn answers(&self) -> Vec<Answer> {
        self.shared.lock().expect("not poisoned").answers.clone()
    }

    /// Waits until a node has answered a request that is sent from now on.
    pub fn wait_for(&self, node: &str) {
        let begin = Instant::now();
        let answered = |answer: &Answer| answer.sent >= begin && answer.text.as_deref() == Ok(node);
        while !self.answers().iter().any(answered) {
            assert!(begin.elapsed() < PATIENCE, "node {node} gets no request");
            thread::sleep(Duration::from_millis(50));
        }
    }

    /// Ends it, when the requests in flight are answered.
    pub fn finish(mut self) -> Vec<Answer> {
        self.shared.lock().expect("not poisoned").over = true;
        for client in self.clients.drain(..) {
            client.join().expect("a client");
        }
        self.answers()
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        if let Ok(mut shared) = self.shared.lock() {
            shared.over = true;
        }
    }
}

/// One request, from the network that this thread is in.
fn ask(address: SocketAddr, path: &str) -> Answer {
    let sent = Instant::now();
    let text = exchange(address, path).map_err(|error| error.to_string()).and_then(|answer| {
        let (head, body) = answer.split_once("\r\n\r\n").ok_or_else(|| format!("cut off: {answer:?}"))?;
        let status = head.lines().next().unwrap_or_default();
        if !status.contains(" 200 ") {
            return Err(status.to_owned());
        }
        // Every answer ends with it.
        body.strip_suffix("done\n").map(|node| node.trim().to_owned()).ok_or_else(|| format!("cut off: {body:?}"))
    });
    if text.is_err() {
        // Failures come fast: the load is to remain the same.
        thread::sleep(Duration::from_millis(100));
    }
    Answer { sent, text }
}

fn exchange(address: SocketAddr, path: &str) -> Result<String, Error> {
    let mut stream = TcpStream::connect_timeout(&address, TIMEOUT)?;
    stream.set_read_timeout(Some(TIMEOUT))?;
    write!(stream, "GET {path} HTTP/1.0\r\nHost: node\r\n\r\n")?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    let _ = stream.shutdown(Shutdown::Both);
    String::from_utf8(answer).map_err(|_| Error::from(ErrorKind::InvalidData))
}
