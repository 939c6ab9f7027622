//! Long-running containers: the supervisor of each, its log, its published ports. Isolation belongs in `sandbox`.
mod client;
mod connection_drain;
mod container_lock;
mod control;
mod forward;
mod frames;
mod health_check;
mod health_monitor;
mod health_status;
mod json_log;
mod ports;
pub mod release;
mod removal;
mod restart_delay;
mod session;
mod state_file;
mod stdio;
pub mod supervise;
