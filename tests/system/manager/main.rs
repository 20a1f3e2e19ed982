//! Scenarios on real service managers: what the messages that our library sends do there. The services are scripted in
//! their unit files (tests/c/service.c).

mod access;
mod channel;
mod descriptors;
mod examples;
mod helper;
mod leftovers;
mod reload;
mod start;
mod stop;
mod watchdog;
