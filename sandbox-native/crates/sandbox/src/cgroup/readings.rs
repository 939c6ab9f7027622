//! Resource usage of a group, read before it is removed. Values that the kernel does not report are absent.
use super::Cgroup;
use std::path::Path;

#[derive(Default)]
pub struct Readings {
    pub cpu_user_us: Option<u64>,
    pub cpu_system_us: Option<u64>,
    pub peak_memory_bytes: Option<u64>,
    pub read_bytes: Option<u64>,
    pub written_bytes: Option<u64>,
    pub oom_killed: bool,
}

pub fn read(cgroup: &Cgroup) -> Readings {
    match &cgroup.v2 {
        Some(directory) => read_v2(directory),
        None => read_v1(cgroup),
    }
}

fn read_v1(cgroup: &Cgroup) -> Readings {
    let memory = |file| text(cgroup.v1("memory"), file);
    let ticks = text(cgroup.v1("cpuacct"), "cpuacct.stat");
    let bytes = text(cgroup.v1("blkio"), "blkio.throttle.io_service_bytes");
    let of_direction = |name: &str| bytes.as_deref().map(|text| sum_of_devices(text, name));
    Readings {
        cpu_user_us: ticks.as_deref().and_then(|text| keyed(text, "user")).map(ticks_to_us),
        cpu_system_us: ticks.as_deref().and_then(|text| keyed(text, "system")).map(ticks_to_us),
        peak_memory_bytes: memory("memory.max_usage_in_bytes").and_then(|text| text.trim().parse().ok()),
        read_bytes: of_direction("Read"),
        written_bytes: of_direction("Write"),
        oom_killed: memory("memory.oom_control").and_then(|text| keyed(&text, "oom_kill")).is_some_and(|count| count > 0),
    }
}

fn read_v2(directory: &Path) -> Readings {
    let file = |name| text(Some(directory), name);
    let cpu = file("cpu.stat").unwrap_or_default();
    let io = file("io.stat");
    let of_key = |name: &str| io.as_deref().map(|text| sum_of_keys(text, name));
    Readings {
        cpu_user_us: keyed(&cpu, "user_usec"),
        cpu_system_us: keyed(&cpu, "system_usec"),
        peak_memory_bytes: file("memory.peak").and_then(|text| text.trim().parse().ok()),
        read_bytes: of_key("rbytes"),
        written_bytes: of_key("wbytes"),
        oom_killed: file("memory.events").and_then(|text| keyed(&text, "oom_kill")).is_some_and(|count| count > 0),
    }
}

fn text(directory: Option<&Path>, file: &str) -> Option<String> {
    std::fs::read_to_string(directory?.join(file)).ok()
}

/// `key value` lines.
fn keyed(text: &str, key: &str) -> Option<u64> {
    text.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(' ')?.trim().parse().ok())
}

/// `8:0 Read 4096` lines.
fn sum_of_devices(text: &str, direction: &str) -> u64 {
    let lines = text.lines().map(|line| line.split(' ').collect::<Vec<_>>());
    lines.filter(|words| words.len() == 3 && words[1] == direction).filter_map(|words| words[2].parse::<u64>().ok()).sum()
}

/// `8:0 rbytes=4096 wbytes=0 …` lines.
fn sum_of_keys(text: &str, key: &str) -> u64 {
    let words = text.split_whitespace();
    words.filter_map(|word| word.strip_prefix(key)?.strip_prefix('=')?.parse::<u64>().ok()).sum()
}

fn ticks_to_us(ticks: u64) -> u64 {
    ticks * 1_000_000 / rustix::param::clock_ticks_per_second().max(1)
}
