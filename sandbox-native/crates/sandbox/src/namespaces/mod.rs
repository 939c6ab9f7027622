//! Creating, joining and entering namespaces. `mounts` contains what is mounted in them.
pub(crate) mod enter;
pub(crate) mod joined_namespaces;
pub(crate) mod private_namespaces;
pub(crate) mod sysctls;
pub(crate) mod user_namespace;
