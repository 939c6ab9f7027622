//! The protocol between the driver and this binary: requests, results and status lines, as data. The TypeScript side
//! (sandbox-native/driver/protocol.ts) is generated from these types; code with effects does not belong here.
mod cgroup;
mod convert_layer;
mod copy;
mod digest;
mod envelope;
mod exec;
mod lock;
mod network;
mod ports;
mod probe;
mod process;
mod read_files;
mod root;
mod run;
mod scan_secrets;
mod sources;
mod status;
mod supervise;
mod tree;
#[cfg(test)]
mod typescript;
mod uncompress;
mod version;
mod write_layer;

pub use cgroup::*;
pub use convert_layer::*;
pub use copy::*;
pub use digest::*;
pub use envelope::*;
pub use exec::*;
pub use lock::*;
pub use network::*;
pub use ports::*;
pub use probe::*;
pub use process::*;
pub use read_files::*;
pub use root::*;
pub use run::*;
pub use scan_secrets::*;
pub use sources::*;
pub use status::*;
pub use supervise::*;
pub use tree::*;
pub use uncompress::*;
pub use version::PROTOCOL_VERSION;
pub use write_layer::*;
