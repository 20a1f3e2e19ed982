//! Where it is hard: vsock at the system-call boundary, checkers of memory, short memory, very many calls, a sandbox.

#[path = "robustness/checkers.rs"]
mod checkers;
#[path = "robustness/hardship.rs"]
mod hardship;
#[path = "robustness/sandbox.rs"]
mod sandbox;
#[path = "robustness/vsock.rs"]
mod vsock;
