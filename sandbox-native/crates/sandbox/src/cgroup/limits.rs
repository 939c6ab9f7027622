//! Limits in the notations of the two versions.
use super::{CODE, Cgroup};
use foundation::failure::Failure;
use protocol::CgroupSpec;
use std::path::PathBuf;

const SWAP: &str = "swap";
const DEFAULT_PERIOD_US: u64 = 100_000;

/// One value for one file. A missing file is an error: a requested limit is never omitted, except the swap limit that
/// `memory` implies.
struct Limit {
    name: &'static str,
    controller: &'static str,
    file: &'static str,
    value: String,
}

/// Docker's message. A kernel without swap accounting has neither of its files; memory is limited nevertheless.
const NO_SWAP_LIMIT: &str =
    "Your kernel does not support swap limit capabilities or the cgroup is not mounted. Memory limited without swap.";

pub fn any(spec: &CgroupSpec) -> bool {
    spec.memory_bytes.is_some()
        || spec.memory_reservation_bytes.is_some()
        || spec.memory_swap_bytes.is_some()
        || spec.cpus.is_some()
        || spec.cpu_period_us.is_some()
        || spec.parent.is_some()
        || spec.cpu_shares.is_some()
        || spec.cpuset_cpus.is_some()
        || spec.cpuset_mems.is_some()
        || spec.pids_max.is_some()
}

pub fn apply(spec: &CgroupSpec, cgroup: &Cgroup, warn: &mut dyn FnMut(&str)) -> Result<(), Failure> {
    let mut limits = if cgroup.v2.is_some() { v2(spec)? } else { v1(spec) };
    if limits.iter().any(|limit| lacks_swap(limit, cgroup)) {
        warn(NO_SWAP_LIMIT);
        limits.retain(|limit| limit.name != SWAP);
    }
    let files = limits.into_iter().map(|limit| Ok((find(&limit, cgroup)?, limit)));
    let mut waiting: Vec<(PathBuf, Limit)> = files.collect::<Result<_, Failure>>()?;
    // The old value of one limit may conflict with another: memory and swap are raised and lowered in opposite order.
    loop {
        let mut refused = Vec::new();
        let before = waiting.len();
        for (path, limit) in waiting {
            if let Err(cause) = std::fs::write(&path, &limit.value) {
                refused.push((path, limit, cause));
            }
        }
        if refused.len() == before {
            let first = refused.into_iter().next();
            return first.map_or(Ok(()), |(_, Limit { name, value, .. }, cause)| {
                Err(Failure::kernel(CODE, &format!("limit {name} to \"{value}\""), cause))
            });
        }
        waiting = refused.into_iter().map(|(path, limit, _)| (path, limit)).collect();
    }
}

/// The controller exists, but does not account for swap.
fn lacks_swap(limit: &Limit, cgroup: &Cgroup) -> bool {
    let directory = cgroup.v2.as_deref().or(cgroup.v1(limit.controller));
    let memory = if cgroup.v2.is_some() { "memory.max" } else { "memory.limit_in_bytes" };
    limit.name == SWAP
        && directory.is_some_and(|directory| directory.join(memory).exists() && !directory.join(limit.file).exists())
}

fn find(Limit { name, controller, file, .. }: &Limit, cgroup: &Cgroup) -> Result<PathBuf, Failure> {
    let directory = cgroup.v2.as_deref().or(cgroup.v1(controller));
    directory.map(|directory| directory.join(file)).filter(|path| path.exists()).ok_or_else(|| {
        Failure::new(
            CODE,
            format!("Cannot limit {name}: this kernel or cgroup has no \"{file}\" (expected the controller \"{controller}\")"),
        )
        .with_hint("See which controllers are delegated with: tsbuild doctor")
    })
}

fn v1(spec: &CgroupSpec) -> Vec<Limit> {
    let limit = |name, controller, file, value| Limit { name, controller, file, value };
    let (period, quota) = bandwidth(spec);
    [
        spec.memory_bytes.map(|bytes| limit("memory", "memory", "memory.limit_in_bytes", bytes.to_string())),
        spec.memory_reservation_bytes
            .map(|bytes| limit("memory reservation", "memory", "memory.soft_limit_in_bytes", bytes.to_string())),
        spec.memory_swap_bytes.map(|bytes| limit(SWAP, "memory", "memory.memsw.limit_in_bytes", bytes.to_string())),
        period.map(|period| limit("processors", "cpu", "cpu.cfs_period_us", period.to_string())),
        quota.map(|quota| limit("processors", "cpu", "cpu.cfs_quota_us", quota.to_string())),
        spec.cpu_shares.map(|shares| limit("CPU shares", "cpu", "cpu.shares", shares.to_string())),
        spec.cpuset_cpus.clone().map(|cpus| limit("CPU set", "cpuset", "cpuset.cpus", cpus)),
        spec.cpuset_mems.clone().map(|nodes| limit("memory nodes", "cpuset", "cpuset.mems", nodes)),
        spec.pids_max.map(|pids| limit("processes", "pids", "pids.max", count_or_max(pids))),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn v2(spec: &CgroupSpec) -> Result<Vec<Limit>, Failure> {
    let limit = |name, controller, file, value| Limit { name, controller, file, value };
    let swap = match (spec.memory_swap_bytes, spec.memory_bytes) {
        (Some(total), _) if total < 0 => Some("max".to_owned()),
        (Some(total), Some(memory)) => Some((total as u64).saturating_sub(memory).to_string()),
        (Some(_), None) => return Err(Failure::new(CODE, "Cannot limit swap: memory is not limited (expected a memory limit)")),
        (None, _) => None,
    };
    let (period, quota) = bandwidth(spec);
    Ok([
        spec.memory_bytes.map(|bytes| limit("memory", "memory", "memory.max", bytes.to_string())),
        spec.memory_reservation_bytes.map(|bytes| limit("memory reservation", "memory", "memory.low", bytes.to_string())),
        swap.map(|bytes| limit(SWAP, "memory", "memory.swap.max", bytes)),
        period.map(|period| {
            let quota = quota.map_or("max".to_owned(), |quota| quota.to_string());
            limit("processors", "cpu", "cpu.max", format!("{quota} {period}"))
        }),
        spec.cpu_shares.map(|shares| limit("CPU shares", "cpu", "cpu.weight", weight(shares).to_string())),
        spec.cpuset_cpus.clone().map(|cpus| limit("CPU set", "cpuset", "cpuset.cpus", cpus)),
        spec.cpuset_mems.clone().map(|nodes| limit("memory nodes", "cpuset", "cpuset.mems", nodes)),
        spec.pids_max.map(|pids| limit("processes", "pids", "pids.max", count_or_max(pids))),
    ]
    .into_iter()
    .flatten()
    .collect())
}

/// Microseconds of CPU time, and the period.
fn bandwidth(spec: &CgroupSpec) -> (Option<u64>, Option<u64>) {
    let period = spec.cpu_period_us.or(spec.cpus.map(|_| DEFAULT_PERIOD_US));
    (period, period.zip(spec.cpus).map(|(period, cpus)| (cpus * period as f64).round() as u64))
}

fn count_or_max(number: i64) -> String {
    if number <= 0 { "max".into() } else { number.to_string() }
}

/// SPEC: maps 2..262144 shares of version 1 linearly to 1..10000 of version 2.
fn weight(shares: u64) -> u64 {
    let shares = shares.clamp(2, 262_144);
    1 + (shares - 2) * 9999 / 262_142
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A plain directory stands for the controller of a kernel without swap accounting.
    #[test]
    fn memory_is_limited_with_a_warning_without_swap_accounting() {
        let directory = std::env::temp_dir().join(format!("tsbuild-no-swap-{}", std::process::id()));
        std::fs::create_dir(&directory).unwrap();
        std::fs::write(directory.join("memory.limit_in_bytes"), "").unwrap();
        let cgroup = Cgroup { v1: vec![("memory", directory.clone())], v2: None, guards_devices: false, groups: Vec::new() };
        let spec = serde_json::from_str(r#"{"name":"x","memoryBytes":8388608,"memorySwapBytes":16777216}"#).unwrap();
        let mut warnings = Vec::new();
        let applied = apply(&spec, &cgroup, &mut |message| warnings.push(message.to_owned()));
        let limit = std::fs::read_to_string(directory.join("memory.limit_in_bytes")).unwrap();
        std::fs::remove_dir_all(&directory).unwrap();
        assert!(applied.is_ok());
        assert_eq!((&limit[..], &warnings[..]), ("8388608", &[NO_SWAP_LIMIT.to_owned()][..]));
    }
}
