//! Attributes of a command's process: user, rights, limits, working directory, result. Its start and end are in `lifecycle`.
pub mod command;
mod granted_capabilities;
pub(crate) mod oom_score;
pub mod outcome;
pub(crate) mod rlimits;
pub mod usage;
mod user;
pub mod working_directory;
