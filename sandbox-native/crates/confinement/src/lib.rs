//! What a process gives up before it works on hostile input or becomes a command: capabilities and system calls.
pub mod capabilities;
pub mod seccomp;
