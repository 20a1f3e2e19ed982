//! What the tests share: the libraries under test, a receiver of messages, and the probe that calls the functions.

pub mod command;
pub mod library;
pub mod probe;
pub mod receiver;
pub mod tree;
