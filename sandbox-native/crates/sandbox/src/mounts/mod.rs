//! The filesystem of a command: overlay, requested mounts, /proc, /sys, /dev and files of the host. Does not start processes.
pub(crate) mod cgroup_files;
pub(crate) mod devices;
pub(crate) mod filesystem;
pub(crate) mod host_files;
pub(crate) mod kernel_files;
pub(crate) mod masks;
pub mod mount_points;
pub(crate) mod overlay;
pub(crate) mod root;
pub mod stored_root;
pub(crate) mod submounts;
pub(crate) mod whole_tree;
