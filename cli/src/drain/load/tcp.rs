//! Established connections to a local port, from the kernel's own list.
#![forbid(unsafe_code)]

use procfs::net::{TcpNetEntry, TcpState};
use std::net::{IpAddr, SocketAddr};

/// A local port, on one address or all.
#[derive(Clone)]
pub struct Port {
    text: String,
    address: Option<IpAddr>,
    port: u16,
}

impl Port {
    /// Reads `[HOST:]PORT`; HOST is an address, an IPv6 one in brackets.
    pub fn parse(text: &str) -> Result<Port, String> {
        let problem = || format!("--load-tcp={text}: not [ADDRESS:]PORT");
        let (address, port) = match text.parse::<SocketAddr>() {
            Ok(address) => (Some(address.ip()), address.port()),
            Err(_) => (None, text.trim_start_matches('*').trim_start_matches(':').parse().map_err(|_| problem())?),
        };
        if port == 0 { Err(problem()) } else { Ok(Port { text: text.into(), address, port }) }
    }

    pub fn text(&self) -> &str {
        &self.text
    }

    fn is_local_end(&self, entry: &TcpNetEntry) -> bool {
        let local = entry.local_address;
        let here = self.address.is_none_or(|address| address.to_canonical() == local.ip().to_canonical());
        // A client that has sent everything may close its half and still wait for the response.
        local.port() == self.port && here && matches!(entry.state, TcpState::Established | TcpState::CloseWait)
    }
}

pub fn measure(port: &Port) -> Result<u64, String> {
    let problem = |error: procfs::ProcError| format!("cannot read the list of connections: {error}");
    let mut entries = procfs::net::tcp().map_err(problem)?;
    // A kernel without IPv6 has no such list.
    entries.extend(procfs::net::tcp6().or_else(|error| match error {
        procfs::ProcError::NotFound(_) => Ok(Vec::new()),
        error => Err(problem(error)),
    })?);
    Ok(entries.iter().filter(|entry| port.is_local_end(entry)).count() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::{TcpListener, TcpStream};

    #[test]
    fn connections() {
        for address in ["127.0.0.1:0", "[::1]:0", "[::]:0"] {
            let Ok(listener) = TcpListener::bind(address) else { panic!("no {address} here") };
            let number = listener.local_addr().expect("an address").port();
            let count = |text: &str| measure(&Port::parse(text).expect("a port"));
            assert_eq!(count(&number.to_string()), Ok(0), "the listener is none");
            // [::] accepts IPv4 too, with mapped addresses.
            let host = if address.starts_with("[::1]") { "[::1]" } else { "127.0.0.1" };
            let clients: Vec<_> =
                (0..3).map(|_| TcpStream::connect(format!("{host}:{number}")).expect("taken")).collect();
            let _ends: Vec<_> = (0..3).map(|_| listener.accept().expect("one")).collect();
            assert_eq!(count(&number.to_string()), Ok(3));
            assert_eq!(count(&format!("{host}:{number}")), Ok(3));
            assert_eq!(count(&format!("127.0.0.9:{number}")), Ok(0));
            drop(clients);
        }
        for text in ["", "0", "x", "65536", "127.0.0.1", "localhost:80", "::1:80:", "-1"] {
            assert!(Port::parse(text).is_err(), "{text}");
        }
    }
}
