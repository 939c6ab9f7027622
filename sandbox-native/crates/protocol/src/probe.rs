use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// What this machine allows; for `tsbuild doctor`.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ProbeRequest {
    /// Where overlays are tried: on the filesystem of the store. Default: in /var/tmp or /tmp.
    #[serde(default)]
    pub directory: Option<PathBuf>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ProbeResult {
    pub checks: Vec<ProbeCheck>,
    pub cgroup: CgroupMode,
    pub overlay: bool,
    /// No overlay can be mounted, and steps can run in a copy of their layers.
    pub tree: bool,
    /// Steps can run in a plain chroot only.
    pub chroot: bool,
    /// Why no step can run; absent where steps can run.
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
    /// False where building and running are not possible.
    pub ok: bool,
    /// They are possible, but something that a user may want is not.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub limited: bool,
    /// What was found, in a sentence.
    pub found: String,
    /// What to do where it is not ok, or limited.
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
