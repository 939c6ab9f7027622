//! How a command ended, and the exit code that a shell would return for it.
use super::command::{COMMAND_MISSING, COMMAND_REFUSED};
use foundation::failure::Failure;
use protocol::ResourceUsage;

pub struct Outcome {
    pub status: End,
    pub oom_killed: bool,
    pub usage: ResourceUsage,
}

/// The exit code that a shell returns for a command that failed to start.
pub fn exit_code_of(failure: &Failure) -> i32 {
    match &failure.code[..] {
        COMMAND_MISSING => 127,
        COMMAND_REFUSED => 126,
        _ => 125,
    }
}

#[derive(Clone, Copy, PartialEq)]
pub enum End {
    Code(i32),
    Signal(i32),
}

impl End {
    /// As a shell returns it.
    pub fn exit_code(self) -> i32 {
        match self {
            End::Code(code) => code,
            End::Signal(number) => 128 + number,
        }
    }
}
