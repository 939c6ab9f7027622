use crate::LayerSource;
use serde::{Deserialize, Serialize};

/// Searches layers and texts for values, in the encodings in which they get into images (plain, hexadecimal, base64, URL
/// and JSON), and for keys of known formats. Each layer is searched separately: files that a later layer deletes are still
/// in the image. The result contains locations and kinds, never the secrets.
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
    /// Including findings beyond `maxFindings`.
    pub finding_count: usize,
    pub scanned_bytes: u64,
    pub unread: Vec<UnscannedFile>,
    /// Compressed files that were searched only up to a limit.
    pub cut: Vec<UnscannedFile>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct SecretFinding {
    /// Index in the request's list of layers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub layer: Option<usize>,
    /// Index in the request's list of texts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    pub offset: u64,
    /// Index in the request's list of values.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<usize>,
    #[cfg_attr(test, schemars(with = "Option<String>"))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pattern: Option<&'static str>,
    /// The fixed prefix of the pattern, such as `ghp_`.
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
