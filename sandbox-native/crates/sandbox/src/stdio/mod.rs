//! Standard streams and terminals of a command. What is done with their bytes elsewhere is not known here.
pub(crate) mod detach_keys;
pub mod relay;
pub mod streams;
pub(crate) mod terminal;
