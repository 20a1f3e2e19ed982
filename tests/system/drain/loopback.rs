//! Listeners that nobody else finds. A port of 127.0.0.1 that is free again is often the next one that another test gets,
//! and whoever still asks there counts as its load.

use std::net::{Ipv4Addr, TcpListener};
use std::sync::atomic::{AtomicU16, Ordering};

/// A listener on an address of its own.
pub fn listener() -> TcpListener {
    static NEXT: AtomicU16 = AtomicU16::new(1);
    let [high, low] = NEXT.fetch_add(1, Ordering::Relaxed).to_be_bytes();
    TcpListener::bind((Ipv4Addr::new(127, 64, high, low), 0)).expect("a port")
}
