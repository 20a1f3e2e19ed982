//! HAProxy's agent check: it connects periodically and reads a line with the state in which to put the server.
#![forbid(unsafe_code)]

use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

/// How long a balancer may take to read the line, and then to close the connection.
const PATIENCE: Duration = Duration::from_millis(500);

struct State {
    ready: AtomicBool,
    answers: AtomicU64,
}

/// A listener that answers until the process ends.
pub struct Agent {
    address: String,
    state: Arc<State>,
}

impl Agent {
    /// Listens at `[ADDRESS:]PORT`, and answers at once that the server is to be used (`ready`), or drained until
    /// [`Agent::ready`] is called.
    pub fn listen(address: &str, ready: bool) -> Result<Agent, String> {
        let listener = bind(address)?;
        let state = Arc::new(State { ready: AtomicBool::new(ready), answers: AtomicU64::new(0) });
        let shared = Arc::clone(&state);
        thread::spawn(move || {
            for stream in listener.incoming() {
                match stream {
                    Ok(stream) => drop(answer(stream, &shared)),
                    // Too many open files, for example: do not spin.
                    Err(_) => thread::sleep(PATIENCE),
                }
            }
        });
        Ok(Agent { address: address.into(), state })
    }

    pub fn address(&self) -> &str {
        &self.address
    }

    /// Answers from now on that the server is to be used again.
    pub fn ready(&self) {
        self.state.ready.store(true, Ordering::SeqCst);
    }

    /// Whether any balancer has connected.
    pub fn was_asked(&self) -> bool {
        self.state.answers.load(Ordering::SeqCst) > 0
    }
}

/// The addresses to listen on; all if none is given.
pub fn parse(text: &str) -> Result<Vec<SocketAddr>, String> {
    let problem = || "not [ADDRESS:]PORT".to_owned();
    let any =
        |port| [IpAddr::from(Ipv6Addr::UNSPECIFIED), IpAddr::from(Ipv4Addr::UNSPECIFIED)].map(|ip| (ip, port).into());
    let addresses: Vec<SocketAddr> = match text.parse::<SocketAddr>() {
        Ok(address) => vec![address],
        Err(_) => any(text.trim_start_matches('*').trim_start_matches(':').parse().map_err(|_| problem())?).to_vec(),
    };
    if addresses.iter().any(|address| address.port() == 0) { Err(problem()) } else { Ok(addresses) }
}

/// An IPv6 socket, which accepts IPv4 too; without IPv6, an IPv4 socket.
fn bind(address: &str) -> Result<TcpListener, String> {
    TcpListener::bind(parse(address)?.as_slice()).map_err(|error| crate::drain::ways::describe(&error))
}

fn answer(mut stream: TcpStream, state: &State) -> std::io::Result<()> {
    let line = if state.ready.load(Ordering::SeqCst) { "ready up\n" } else { "drain\n" };
    stream.set_write_timeout(Some(PATIENCE))?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.write_all(line.as_bytes())?;
    stream.shutdown(Shutdown::Write)?;
    state.answers.fetch_add(1, Ordering::SeqCst);
    // Read what the balancer sent, or closing would reset the connection and discard the answer.
    stream.read(&mut [0; 1024]).map(|_| ())
}

/// Whether the address is free to listen on later.
pub fn can_listen(address: &str) -> Result<(), String> {
    bind(address).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        assert!(parse("9999").is_ok_and(|addresses| addresses.len() == 2));
        assert!(parse("127.0.0.1:9999").is_ok_and(|addresses| addresses.len() == 1));
        assert!(parse("[::1]:9999").is_ok());
        for text in ["", "0", "x", "localhost:1", "70000", "127.0.0.1"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
