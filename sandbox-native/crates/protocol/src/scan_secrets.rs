use crate::LayerSource;
use serde::{Deserialize, Serialize};

/// Searches layers and texts for values, in the forms in which they get into images (plain, hexadecimal, base64, URL and JSON), and
/// for keys of known forms. Each layer is searched separately: what a later one deletes is still in the image. The
/// result has places and kinds, never what was found.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ScanSecretsRequest {
    pub layers: Vec<LayerSource>,
    pub texts: Vec<String>,
    pub values_base64: Vec<String>,
    pub max_findings: usize,
}

#[derive(Serialize, Default)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ScanSecretsResult {
    pub findings: Vec<SecretFinding>,
    /// Including those beyond `maxFindings`.
    pub finding_count: usize,
    pub scanned_bytes: u64,
    pub unread: Vec<UnscannedFile>,
    /// Compressed files that were searched up to a limit.
    pub cut: Vec<UnscannedFile>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct SecretFinding {
    /// Position in the request's list.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub layer: Option<usize>,
    /// Position in the request's list.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    pub offset: u64,
    /// Position in the request's list.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<usize>,
    #[cfg_attr(test, schemars(with = "Option<String>"))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pattern: Option<&'static str>,
    /// The fixed beginning of what a pattern found, such as `ghp_`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shown: Option<String>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct UnscannedFile {
    pub layer: usize,
    pub path: String,
    pub reason: String,
}
