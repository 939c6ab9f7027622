use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// What this machine supports; for `tsbuild doctor`.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ProbeRequest {
    /// Directory in which overlays are tried, on the filesystem of the store. Default: /var/tmp or /tmp.
    #[serde(default)]
    pub directory: Option<PathBuf>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ProbeResult {
    pub checks: Vec<ProbeCheck>,
    pub cgroup: CgroupMode,
    pub overlay: bool,
    /// Overlays cannot be mounted, but steps can run in a copy of their layers.
    pub tree: bool,
    /// Steps can run only in a plain chroot.
    pub chroot: bool,
    /// Why no step can run; absent if steps can run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refusal: Option<String>,
    pub kernel: String,
}

#[derive(Serialize, Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum CgroupMode {
    V1,
    V2,
    Hybrid,
    None,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ProbeCheck {
    #[cfg_attr(test, schemars(with = "String"))]
    pub name: &'static str,
    /// False if building and running are not possible.
    pub ok: bool,
    /// Building and running are possible, but a feature is missing.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub limited: bool,
    /// What was found, as a sentence.
    pub found: String,
    /// What to do if `ok` is false or `limited` is true.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

impl ProbeCheck {
    pub fn good(name: &'static str, found: impl Into<String>) -> Self {
        ProbeCheck { name, ok: true, limited: false, found: found.into(), hint: None }
    }

    pub fn limited(name: &'static str, found: impl Into<String>, hint: impl Into<String>) -> Self {
        ProbeCheck { name, ok: true, limited: true, found: found.into(), hint: Some(hint.into()) }
    }

    pub fn bad(name: &'static str, found: impl Into<String>, hint: impl Into<String>) -> Self {
        ProbeCheck { name, ok: false, limited: false, found: found.into(), hint: Some(hint.into()) }
    }
}
