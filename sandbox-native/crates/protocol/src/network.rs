use serde::Deserialize;
use std::net::IpAddr;

#[derive(Deserialize, Clone, Copy, PartialEq)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(tag = "kind", rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub enum Network {
    None,
    Host,
    /// A private namespace, with outbound access through pasta or slirp4netns where present.
    Private,
    /// The namespace of another process. A `run` joins its user namespace too, unless IDs are the host's.
    Join {
        pid: i32,
        /// Clock ticks since boot at which it started.
        start_ticks: u64,
    },
}

impl Network {
    /// The process whose namespace is joined.
    pub fn joined(self) -> Option<i32> {
        match self {
            Network::Join { pid, .. } => Some(pid),
            _ => None,
        }
    }
}

/// Creates a private network for commands to join and holds it until SIGTERM or until no process reads the statuses.
/// Statuses: network, then result; only a warning before the result if no helper program can connect it.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NetworkRequest {
    /// Commands can reach the host's loopback, at the address in the status.
    #[serde(default)]
    pub reaches_host: bool,
    /// Addresses of the host that lead commands only to themselves.
    #[serde(default)]
    pub hidden_addresses: Vec<IpAddr>,
}
