//! Long-lived containers: the supervisor that stays with one, its log, its published ports.
pub mod clock;
pub mod forward;
pub mod identity;
pub mod json_log;
pub mod ports;
pub mod state_file;
