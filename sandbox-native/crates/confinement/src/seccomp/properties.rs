//! Properties of every profile.
use super::super::capabilities::Granted;
use super::instruction::{Instruction, JUMP, RETURN};
use super::profile;
use proptest::collection::vec;
use proptest::prelude::*;

const CASES: u32 = 128;
/// SPEC: linux/bpf_common.h: the class of an instruction.
const CLASS: u16 = 0x07;
const JUMPS: u16 = 0x05;

/// SPEC: linux net/core/filter.c, bpf_check_classic: what the kernel requires of jumps.
fn jumps_forward_and_stays_within(program: &[Instruction]) -> bool {
    let ends = program.last().is_some_and(|last| last.code == RETURN);
    ends && program.iter().enumerate().all(|(at, instruction)| {
        let far = match instruction.code {
            code if code & CLASS != JUMPS => 0,
            JUMP => instruction.k as usize,
            _ => usize::from(instruction.jt.max(instruction.jf)),
        };
        at + 1 + far < program.len() || instruction.code == RETURN
    })
}

fn call() -> impl Strategy<Value = serde_json::Value> {
    let names = vec(prop::sample::select(vec!["read", "clone", "personality", "socket", "mount", "no_such_call"]), 1..5);
    let action =
        prop::sample::select(vec!["SCMP_ACT_ALLOW", "SCMP_ACT_ERRNO", "SCMP_ACT_KILL", "SCMP_ACT_TRACE", "SCMP_ACT_NOTIFY"]);
    let operator = prop::sample::select(vec!["EQ", "NE", "LT", "LE", "GE", "GT", "MASKED_EQ", "ODD"]);
    let argument = (0u8..8, any::<u64>(), any::<u64>(), operator).prop_map(|(index, value, two, operator)| {
        serde_json::json!({ "index": index, "value": value, "valueTwo": two, "op": format!("SCMP_CMP_{operator}") })
    });
    (names, action, vec(argument, 0..4), any::<Option<u16>>()).prop_map(
        |(names, action, args, errno)| serde_json::json!({ "names": names, "action": action, "args": args, "errnoRet": errno }),
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: CASES, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_profile_is_refused_or_compiles_to_a_valid_filter(
        calls in vec(call(), 0..30),
        architectures in vec(prop::sample::select(vec!["SCMP_ARCH_X86", "SCMP_ARCH_X32", "SCMP_ARCH_ARM"]), 0..3),
        granted in any::<u64>(),
    ) {
        let document = serde_json::json!({
            "defaultAction": "SCMP_ACT_ERRNO", "architectures": architectures, "syscalls": calls,
        });
        if let Ok(program) = profile::compile(&document.to_string(), Granted(granted)) {
            prop_assert!(jumps_forward_and_stays_within(&program));
        }
    }

    #[test]
    fn any_text_is_refused_or_compiled(text in ".{0,200}") {
        let _ = profile::compile(&text, Granted(0));
    }
}
