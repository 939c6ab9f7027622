//! The privileges that each verb needs, and dropping the others before it starts. The filters themselves belong in
//! `confinement`.
pub(crate) mod confine;
pub(crate) mod reach;
