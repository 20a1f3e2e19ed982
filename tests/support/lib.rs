//! What the tests share: the libraries under test, a receiver of messages, and the probe that calls the functions.

pub mod library;
pub mod package;
pub mod probe;
pub mod receiver;
pub mod tree;
