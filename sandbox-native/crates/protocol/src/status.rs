use serde::Serialize;
use std::borrow::Cow;

/// A line on descriptor 4.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "Status"))]
#[serde(tag = "kind", rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub enum Status<T> {
    Started {
        pid: i32,
    },
    /// The network is connected: the process to join, and the /etc/resolv.conf for processes that join.
    Network {
        pid: i32,
        start_ticks: u64,
        resolv_conf: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        host_gateway: Option<String>,
    },
    Progress {
        done_bytes: u64,
    },
    /// Of `follow-blob`: the state of the digest so far.
    Digested {
        position: u64,
        #[cfg_attr(test, schemars(with = "Vec<u32>"))]
        words: [u32; 8],
    },
    Warning {
        message: String,
    },
    /// The last line of a command.
    Exited(Exited),
    /// The last line of any other request.
    Result {
        result: T,
    },
    /// The last line of a request that failed.
    Failed {
        code: Cow<'static, str>,
        message: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        hint: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        errno: Option<String>,
    },
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Exited {
    /// 128 + signal if killed by one. As in a shell, 126 and 127 if the command cannot be started.
    pub exit_code: i32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signal: Option<String>,
    pub oom_killed: bool,
    /// It is still running: the caller detached from it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub is_detached: bool,
    pub usage: ResourceUsage,
}

#[derive(Serialize, Default)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ResourceUsage {
    pub wall_us: u64,
    pub cpu_user_us: u64,
    pub cpu_system_us: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub peak_memory_bytes: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub read_bytes: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub written_bytes: Option<u64>,
}
