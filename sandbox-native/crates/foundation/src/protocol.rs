//! Requests of another version than this are refused.
pub const PROTOCOL_VERSION: u32 = 1;
