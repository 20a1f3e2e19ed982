//! The command `sdnotify`, from outside.

mod check;
mod life;
mod limits;
mod options;
mod processes;
mod same;
mod send;
