//! Runs commands in isolation from the host. One folder per part of a sandbox; `lifecycle` combines them. Nothing here outlives
//! its caller: that belongs in `supervisor`.
pub mod cgroup;
pub mod inside;
mod lifecycle;
mod mounts;
mod namespaces;
mod networking;
mod ownership;
mod process;
mod stdio;
pub mod surroundings;

pub use lifecycle::{channel, exec, launch, supervise, watch};
pub use mounts::{mount_points, stored_root};
pub use networking::{host_gateway, resolver_files, shared_network};
pub use process::{command, outcome, usage, working_directory};
pub use stdio::{relay, streams, terminal};

pub use networking::network_helper::ADDRESS as PRIVATE_ADDRESS;
pub use supervise::run;
