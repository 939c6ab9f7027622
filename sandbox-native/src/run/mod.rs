//! Commands apart from the host.
mod capabilities;
mod cgroup;
mod cgroup_files;
mod channel;
mod command;
mod filesystem;
mod init;
mod kernel_files;
pub mod launch;
mod masks;
mod mount_points;
mod network;
mod network_helper;
mod overlay;
mod relay;
mod resolver_files;
mod rlimits;
mod seccomp;
mod setup;
pub mod spec;
mod streams;
mod submounts;
mod supervise;
mod terminal;
mod usage;
mod user;

pub use supervise::run;
