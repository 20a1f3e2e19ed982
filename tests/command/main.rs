//! The command `sdnotify`, from outside.

mod check;
mod escape;
mod forward;
mod isolate;
mod life;
mod limits;
mod options;
mod output;
mod processes;
mod ready_fd;
mod same;
mod send;
mod sockets;
mod unit;
mod use_unit;
