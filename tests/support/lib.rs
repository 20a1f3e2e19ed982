//! What the tests share: the libraries under test, a receiver of messages, the probe that calls the functions, and real
//! service managers.

pub mod answers;
pub mod booted;
pub mod case;
pub mod command;
pub mod exports;
pub mod header;
pub mod left_out;
pub mod library;
pub mod manager;
pub mod package;
pub mod probe;
pub mod receiver;
pub mod release;
pub mod surroundings;
pub mod tree;
