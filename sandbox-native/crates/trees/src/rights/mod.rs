//! The privileges that each verb needs, and dropping the others before it starts.
pub(crate) mod confine;
pub(crate) mod reach;
