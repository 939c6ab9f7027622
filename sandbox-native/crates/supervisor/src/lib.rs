//! Long-lived containers: the supervisor that stays with one, its log, its published ports.
mod client;
mod control;
mod farewell;
mod forward;
mod frames;
mod health;
mod health_check;
mod health_monitor;
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
