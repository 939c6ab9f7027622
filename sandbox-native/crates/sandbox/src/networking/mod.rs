//! Network namespaces, the helper program that connects them, and the names that resolve in them. Published ports
//! belong in `supervisor`.
pub(crate) mod default_routes;
pub mod host_gateway;
pub(crate) mod network;
pub(crate) mod network_helper;
pub mod resolver_files;
pub mod shared_network;
