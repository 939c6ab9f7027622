//! Creating, joining and entering namespaces. What is mounted in them is in `mounts`.
pub(crate) mod enter;
pub(crate) mod joined_namespaces;
pub(crate) mod private_namespaces;
pub(crate) mod sysctls;
pub(crate) mod user_namespace;
