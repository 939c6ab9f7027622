//! A user's seccomp profile. SPEC: moby profiles/seccomp (the document and the meaning of its fields), runc
//! libcontainer/seccomp (how rules become a filter).
use super::super::capabilities::Granted;
use super::instruction::{Instruction, give};
use super::program::{self, Condition, Rule};
use super::table::Column;
use foundation::failure::Failure;
use serde::Deserialize;
use serde::de::IgnoredAny;

const CODE: &str = "SANDBOX_SECCOMP";
/// SPEC: BPF_MAXINSNS
const MAX_INSTRUCTIONS: usize = 4096;

#[cfg(target_arch = "x86_64")]
const NATIVE_ARCH: (&str, &str) = ("amd64", "SCMP_ARCH_X86_64");
#[cfg(target_arch = "aarch64")]
const NATIVE_ARCH: (&str, &str) = ("arm64", "SCMP_ARCH_AARCH64");

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Profile {
    default_action: String,
    default_errno_ret: Option<u16>,
    /// The same as a name, which podman supports and docker does not.
    #[serde(rename = "defaultErrno")]
    _default_errno: Option<IgnoredAny>,
    architectures: Option<Vec<String>>,
    arch_map: Option<Vec<ArchMap>>,
    syscalls: Option<Vec<Syscall>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ArchMap {
    architecture: String,
    sub_architectures: Option<Vec<String>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Syscall {
    name: Option<String>,
    names: Option<Vec<String>>,
    action: String,
    errno_ret: Option<u16>,
    #[serde(rename = "errno")]
    _errno: Option<IgnoredAny>,
    args: Option<Vec<Argument>>,
    includes: Option<Circumstances>,
    excludes: Option<Circumstances>,
    #[serde(rename = "comment")]
    _comment: Option<IgnoredAny>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Argument {
    index: u8,
    value: u64,
    #[serde(default)]
    value_two: u64,
    op: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Circumstances {
    caps: Option<Vec<String>>,
    arches: Option<Vec<String>>,
    min_kernel: Option<String>,
}

pub fn compile(text: &str, granted: Granted) -> Result<Vec<Instruction>, Failure> {
    let profile: Profile = serde_json::from_str(text).map_err(|cause| refused(&cause.to_string()))?;
    let default = action(&profile.default_action, profile.default_errno_ret)?;
    let mut rules = Vec::new();
    for call in profile.syscalls.iter().flatten().filter(|call| applies(call, granted)) {
        let action = action(&call.action, call.errno_ret.or(profile.default_errno_ret))?;
        let conditions = call.args.iter().flatten().map(condition).collect::<Result<Vec<_>, _>>()?;
        if action.k == default.k {
            continue; // SPEC: runc omits rules that repeat the default action
        }
        for name in call.name.iter().chain(call.names.iter().flatten()) {
            rules.extend(alternatives(&conditions).into_iter().map(|conditions| Rule { name, conditions, action }));
        }
    }
    let program = program::assemble(&rules, default, &columns(&profile));
    if program.len() > MAX_INSTRUCTIONS {
        return Err(refused(&format!("it takes {} instructions (at most {MAX_INSTRUCTIONS})", program.len())));
    }
    Ok(program)
}

/// SPEC: runc: if an argument is compared twice, each comparison is a separate rule; otherwise all must match.
fn alternatives(conditions: &[Condition]) -> Vec<Vec<Condition>> {
    let is_repeated = |one: &Condition| conditions.iter().filter(|other| other.index == one.index).count() > 1;
    match conditions.iter().any(is_repeated) {
        true => conditions.iter().map(|one| vec![*one]).collect(),
        false => vec![conditions.to_vec()],
    }
}

fn applies(call: &Syscall, granted: Granted) -> bool {
    let has = |cap: &String| granted.has(cap.strip_prefix("CAP_").unwrap_or(cap));
    let is_native = |arch: &String| arch == NATIVE_ARCH.0;
    let included = call.includes.as_ref().is_none_or(|wanted| {
        wanted.caps.iter().flatten().all(has)
            && wanted.arches.as_ref().is_none_or(|arches| arches.is_empty() || arches.iter().any(is_native))
            && wanted.min_kernel.as_ref().is_none_or(|version| kernel_is(version))
    });
    let excluded = call.excludes.as_ref().is_some_and(|unwanted| {
        unwanted.caps.iter().flatten().any(has)
            || unwanted.arches.iter().flatten().any(is_native)
            || unwanted.min_kernel.as_ref().is_some_and(|version| kernel_is(version))
    });
    included && !excluded
}

/// Whether the kernel has at least this version, such as `4.8`.
fn kernel_is(wanted: &str) -> bool {
    let number = |text: Option<&str>| -> u32 {
        let digits: String = text.unwrap_or("").chars().take_while(char::is_ascii_digit).collect();
        digits.parse().unwrap_or(0)
    };
    let version = |text: &str| {
        let mut words = text.split('.');
        (number(words.next()), number(words.next()))
    };
    version(&rustix::system::uname().release().to_string_lossy()) >= version(wanted)
}

/// In addition to the native one. Calls of other architectures kill the process, as with libseccomp.
fn columns(profile: &Profile) -> Vec<Column> {
    let mapped = profile.arch_map.iter().flatten().filter(|map| map.architecture == NATIVE_ARCH.1);
    let named: Vec<&String> =
        mapped.flat_map(|map| map.sub_architectures.iter().flatten()).chain(profile.architectures.iter().flatten()).collect();
    let known = |name: &str| named.iter().any(|arch| *arch == name);
    #[cfg(target_arch = "x86_64")]
    const OTHERS: [(&str, Column); 2] = [("SCMP_ARCH_X86", Column::I386), ("SCMP_ARCH_X32", Column::X32)];
    #[cfg(target_arch = "aarch64")]
    const OTHERS: [(&str, Column); 1] = [("SCMP_ARCH_ARM", Column::Arm)];
    OTHERS.into_iter().filter(|(name, _)| known(name)).map(|(_, column)| column).collect()
}

fn action(name: &str, errno: Option<u16>) -> Result<Instruction, Failure> {
    let errno = u32::from(errno.unwrap_or(libc::EPERM as u16));
    Ok(give(match name {
        "SCMP_ACT_ALLOW" => libc::SECCOMP_RET_ALLOW,
        "SCMP_ACT_ERRNO" => libc::SECCOMP_RET_ERRNO | errno,
        "SCMP_ACT_KILL" | "SCMP_ACT_KILL_THREAD" => libc::SECCOMP_RET_KILL_THREAD,
        "SCMP_ACT_KILL_PROCESS" => libc::SECCOMP_RET_KILL_PROCESS,
        "SCMP_ACT_LOG" => libc::SECCOMP_RET_LOG,
        "SCMP_ACT_TRACE" => libc::SECCOMP_RET_TRACE | errno,
        "SCMP_ACT_TRAP" => libc::SECCOMP_RET_TRAP,
        other => {
            return Err(refused(&format!(
                "unknown action \"{other}\" (expected SCMP_ACT_ALLOW, ERRNO, KILL, KILL_PROCESS, LOG, TRACE or TRAP)"
            )));
        }
    }))
}

fn condition(argument: &Argument) -> Result<Condition, Failure> {
    use program::Comparison as Is;
    let comparison = match &argument.op[..] {
        "SCMP_CMP_NE" => Is::NotEqual,
        "SCMP_CMP_LT" => Is::Less,
        "SCMP_CMP_LE" => Is::LessOrEqual,
        "SCMP_CMP_EQ" => Is::Equal,
        "SCMP_CMP_GE" => Is::GreaterOrEqual,
        "SCMP_CMP_GT" => Is::Greater,
        "SCMP_CMP_MASKED_EQ" => Is::MaskedEqual { mask: argument.value },
        other => {
            return Err(refused(&format!(
                "unknown comparison \"{other}\" (expected SCMP_CMP_EQ, NE, LT, LE, GE, GT or MASKED_EQ)"
            )));
        }
    };
    if argument.index > 5 {
        return Err(refused(&format!("argument {} (expected 0 to 5)", argument.index)));
    }
    let value = if argument.op == "SCMP_CMP_MASKED_EQ" { argument.value_two } else { argument.value };
    Ok(Condition { index: argument.index, comparison, value })
}

fn refused(found: &str) -> Failure {
    Failure::new(CODE, format!("Cannot use the seccomp profile: {found}"))
}
