//! Attributes of a command's process: user, privileges, limits, working directory, result. `lifecycle` starts and ends it.
#![deny(clippy::disallowed_methods)] // a path of the host must not be opened here, nor one of the root without `Inside`

pub mod command;
mod granted_capabilities;
pub(crate) mod oom_score;
pub mod outcome;
pub(crate) mod rlimits;
mod standard_streams;
pub mod usage;
mod user;
pub mod working_directory;
