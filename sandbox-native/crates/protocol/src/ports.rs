use serde::{Deserialize, Serialize};
use std::net::IpAddr;

#[derive(Deserialize, Serialize, Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum PortProtocol {
    Tcp,
    Udp,
}

/// Listens on the host before the command starts. Host port 0: any free port. With `last`: the first free port of the
/// range. Without an address: all, IPv4 and IPv6.
/// these. Without an address: all, IPv4 and IPv6.
#[derive(Deserialize, Clone)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct PortRequest {
    pub protocol: PortProtocol,
    pub container_port: u16,
    pub host_port: u16,
    pub last_host_port: Option<u16>,
    pub host_ip: Option<IpAddr>,
}
