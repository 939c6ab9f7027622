//! Privileges that a process drops before it handles hostile input or executes a command: capabilities and system calls.
//! Namespaces belong in `sandbox`.
pub mod capabilities;
pub mod seccomp;
