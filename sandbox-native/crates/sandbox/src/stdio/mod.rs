//! Standard streams and terminals of a command. Does not interpret their content.
pub(crate) mod detach_keys;
pub mod relay;
pub mod streams;
pub mod terminal;
