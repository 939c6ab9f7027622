use serde::{Deserialize, Serialize};

/// Reads an archive, compressed or not, from descriptor 0 and writes its uncompressed bytes to descriptor 1.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct UncompressRequest {}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct UncompressResult {
    pub size_bytes: u64,
}
