//! Long-lived containers: the supervisor that stays with one, its log, its published ports.
mod client;
mod clock;
mod control;
mod forward;
mod frames;
pub mod identity;
mod json_log;
mod ports;
pub mod release;
mod removal;
pub mod request;
mod restart_delay;
mod session;
mod state_file;
mod stdio;
pub mod supervise;
