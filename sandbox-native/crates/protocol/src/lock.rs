use serde::{Deserialize, Serialize};

/// Locks descriptors from 5 on, which the caller holds open: the locks belong to the caller and are released when it closes
/// them.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct LockRequest {
    pub mode: LockMode,
    /// Report a descriptor as not locked instead of waiting.
    pub try_only: bool,
    /// Number of descriptors.
    pub count: u16,
}

#[derive(Deserialize, Clone, Copy)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum LockMode {
    Shared,
    Exclusive,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct LockResult {
    /// One entry per descriptor, in their order.
    pub locked: Vec<bool>,
}
