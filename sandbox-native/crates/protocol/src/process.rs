use serde::Deserialize;

#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ProcessSpec {
    pub argv: Vec<String>,
    /// `KEY=value`. HOME is added from the root's passwd file if missing.
    pub env: Vec<String>,
    pub cwd: String,
    /// Docker's USER syntax: `user`, `uid`, `user:group`, `uid:gid`; names are looked up in the root's files.
    pub user: String,
    /// A working directory that has to be created, with its parents, belongs to the user, as for steps of docker build;
    /// otherwise to root.
    #[serde(default)]
    pub owns_new_cwd: bool,
    /// Descriptor 0 is a terminal of the caller: give the command a private terminal and relay (resize on SIGWINCH).
    #[serde(default)]
    pub terminal: bool,
    #[serde(default)]
    pub add_capabilities: Vec<String>,
    #[serde(default)]
    pub drop_capabilities: Vec<String>,
    /// Mounts that the host adds later appear inside. Without a device cgroup, MKNOD is not a default capability.
    #[serde(default)]
    pub sees_host_mounts: bool,
    #[serde(default)]
    pub no_new_privileges: bool,
    #[serde(default)]
    pub rlimits: Vec<Rlimit>,
    /// Groups in addition to those of the user: names in the root's group file, or numbers.
    #[serde(default)]
    pub groups: Vec<String>,
    pub oom_score_adj: Option<i32>,
    /// No seccomp filter, whatever `security` is.
    #[serde(default)]
    pub unfiltered: bool,
    /// Docker's JSON document of a seccomp profile, instead of the default one. SANDBOX_SECCOMP if it cannot be enforced.
    pub seccomp_profile: Option<String>,
}

#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Rlimit {
    pub name: String,
    pub soft: i64,
    pub hard: i64,
}

/// Default: Docker's masked and read-only paths, default capabilities and seccomp profile. `insecure` removes all of these.
#[derive(Deserialize, Default, Clone, Copy, PartialEq)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Security {
    #[default]
    Default,
    Insecure,
}
