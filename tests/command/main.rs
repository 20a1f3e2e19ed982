//! The command `sdnotify`, from outside.

mod check;
mod escape;
mod life;
mod limits;
mod options;
mod output;
mod processes;
mod same;
mod send;
mod sockets;
