//! From rules to a program for the kernel: by architecture, calls with conditions first, then the allowed numbers as
//! ascending ranges.
use super::super::capabilities::Granted;
use super::table::{Column, Rules, Special, rules};

pub(super) type Instruction = libc::sock_filter;

pub(super) const LOAD: u16 = (libc::BPF_LD | libc::BPF_W | libc::BPF_ABS) as u16;
pub(super) const IF_EQUAL: u16 = (libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K) as u16;
pub(super) const IF_AT_LEAST: u16 = (libc::BPF_JMP | libc::BPF_JGE | libc::BPF_K) as u16;
pub(super) const IF_GREATER: u16 = (libc::BPF_JMP | libc::BPF_JGT | libc::BPF_K) as u16;
const IF_ANY_BIT: u16 = (libc::BPF_JMP | libc::BPF_JSET | libc::BPF_K) as u16;
const JUMP: u16 = (libc::BPF_JMP | libc::BPF_JA) as u16;
pub(super) const RETURN: u16 = (libc::BPF_RET | libc::BPF_K) as u16;

/// Offsets in struct seccomp_data.
pub(super) const NUMBER: u32 = 0;
pub(super) const ARCHITECTURE: u32 = 4;
/// The low half on the little-endian machines that there are here; the calls below take 32-bit arguments.
const FIRST_ARGUMENT: u32 = 16;

#[cfg(target_arch = "x86_64")]
pub(super) const X32_BIT: u32 = 0x4000_0000;
const NAMESPACE_FLAGS: u32 = 0x7e02_0000;
const AF_ALG: u32 = 38;
const AF_VSOCK: u32 = 40;
const PERSONALITIES: [u32; 5] = [0x0, 0x8, 0x2_0000, 0x2_0008, 0xffff_ffff];

/// AUDIT_ARCH_… numbers.
#[cfg(target_arch = "x86_64")]
pub(super) const NATIVE: u32 = 0xc000_003e;
#[cfg(target_arch = "x86_64")]
pub(super) const I386: u32 = 0x4000_0003;
#[cfg(target_arch = "aarch64")]
pub(super) const NATIVE: u32 = 0xc000_00b7;

const ALLOW: Instruction = give(libc::SECCOMP_RET_ALLOW);
const REFUSE: Instruction = give(libc::SECCOMP_RET_ERRNO | libc::EPERM as u32);
const UNKNOWN: Instruction = give(libc::SECCOMP_RET_ERRNO | libc::ENOSYS as u32);
pub(super) const KILL: Instruction = give(libc::SECCOMP_RET_KILL_PROCESS);

#[cfg(target_arch = "x86_64")]
pub fn compile(granted: Granted) -> Vec<Instruction> {
    let mut program = vec![load(ARCHITECTURE)];
    program.extend(if_architecture(I386, section(&rules(Column::I386, granted), 0)));
    let x32 = section(&rules(Column::X32, granted), X32_BIT);
    let body = section(&rules(Column::X86_64, granted), 0);
    // A conditional jump reaches 255 instructions, so it goes around an unconditional one.
    let mut native = vec![load(NUMBER), test(IF_AT_LEAST, X32_BIT, 0, 1), jump(body.len() as u32)];
    native.extend(body);
    native.extend(x32);
    program.extend(if_architecture(NATIVE, native));
    program.push(KILL);
    program
}

#[cfg(target_arch = "aarch64")]
pub fn compile(granted: Granted) -> Vec<Instruction> {
    let mut program = vec![load(ARCHITECTURE)];
    program.extend(if_architecture(NATIVE, section(&rules(Column::Aarch64, granted), 0)));
    program.push(KILL);
    program
}

pub(super) fn if_architecture(architecture: u32, body: Vec<Instruction>) -> Vec<Instruction> {
    let mut part = vec![test(IF_EQUAL, architecture, 1, 0), jump(body.len() as u32)];
    part.extend(body);
    part
}

/// Decides about every number, so that nothing after it is reached.
fn section(rules: &Rules, bit: u32) -> Vec<Instruction> {
    let mut part = vec![load(NUMBER)];
    for (number, special) in &rules.special {
        let decision = decide(*special);
        part.push(test(IF_EQUAL, number | bit, 0, decision.len() as u8));
        part.extend(decision);
    }
    for (first, last) in ranges(&rules.allowed) {
        part.push(test(IF_AT_LEAST, first | bit, 0, 2)); // below an ascending range, and in none before it: refused
        part.push(test(IF_GREATER, last | bit, 2, 0));
        part.push(ALLOW);
        part.push(REFUSE);
    }
    part.push(REFUSE);
    part
}

fn decide(special: Special) -> Vec<Instruction> {
    match special {
        Special::Clone3 => vec![UNKNOWN], // its flags are behind a pointer; libc then takes clone
        Special::Clone => vec![load(FIRST_ARGUMENT), test(IF_ANY_BIT, NAMESPACE_FLAGS, 0, 1), REFUSE, ALLOW],
        Special::Socket => vec![
            load(FIRST_ARGUMENT),
            test(IF_EQUAL, AF_ALG, 1, 0),
            test(IF_EQUAL, AF_VSOCK, 0, 1),
            REFUSE,
            ALLOW,
        ],
        Special::Personality => {
            let tests = PERSONALITIES.iter().flat_map(|value| [test(IF_EQUAL, *value, 0, 1), ALLOW]);
            [load(FIRST_ARGUMENT)].into_iter().chain(tests).chain([REFUSE]).collect()
        }
    }
}

/// Neighbouring numbers of an ascending list together, as (first, last).
fn ranges(numbers: &[u32]) -> Vec<(u32, u32)> {
    let mut ranges: Vec<(u32, u32)> = Vec::new();
    for number in numbers {
        match ranges.last_mut() {
            Some((_, last)) if *last + 1 >= *number => *last = *number,
            _ => ranges.push((*number, *number)),
        }
    }
    ranges
}

pub(super) const fn give(action: u32) -> Instruction {
    Instruction { code: RETURN, jt: 0, jf: 0, k: action }
}

pub(super) fn load(offset: u32) -> Instruction {
    Instruction { code: LOAD, jt: 0, jf: 0, k: offset }
}

/// Skips `then` or `otherwise` instructions.
pub(super) fn test(code: u16, value: u32, then: u8, otherwise: u8) -> Instruction {
    Instruction { code, jt: then, jf: otherwise, k: value }
}

pub(super) fn jump(over: u32) -> Instruction {
    Instruction { code: JUMP, jt: 0, jf: 0, k: over }
}

#[cfg(all(test, target_arch = "x86_64"))]
mod tests {
    use super::*;

    /// What the kernel would answer: a minimal interpreter of the instructions used here.
    fn answer(program: &[Instruction], architecture: u32, number: u32, argument: u32) -> u32 {
        let (mut at, mut value) = (0, 0);
        loop {
            let Instruction { code, jt, jf, k } = program[at];
            at += 1;
            let holds = match code {
                LOAD => {
                    value = [(NUMBER, number), (ARCHITECTURE, architecture), (FIRST_ARGUMENT, argument)]
                        .iter()
                        .find(|(offset, _)| *offset == k)
                        .unwrap()
                        .1;
                    continue;
                }
                RETURN => return k,
                JUMP => {
                    at += k as usize;
                    continue;
                }
                IF_EQUAL => value == k,
                IF_AT_LEAST => value >= k,
                IF_GREATER => value > k,
                IF_ANY_BIT => value & k != 0,
                _ => panic!("unknown instruction"),
            };
            at += usize::from(if holds { jt } else { jf });
        }
    }

    #[test]
    fn every_call_of_the_table_is_decided_as_it_says() {
        for granted in [Granted(0xa80425fb), Granted(0), Granted(u64::MAX)] {
            let program = compile(granted);
            let sections = [(NATIVE, Column::X86_64, 0), (NATIVE, Column::X32, X32_BIT), (I386, Column::I386, 0)];
            for (architecture, column, bit) in sections {
                let Rules { allowed, special } = rules(column, granted);
                for number in (0..600).filter(|number| special.iter().all(|(special, _)| special != number)) {
                    let expected = if allowed.contains(&number) { ALLOW.k } else { REFUSE.k };
                    assert_eq!(answer(&program, architecture, number | bit, 0), expected, "{number}");
                }
            }
        }
    }

    #[test]
    fn arguments_decide_about_the_special_calls() {
        let program = compile(Granted(0));
        let cases = [
            (libc::SYS_clone, 0x11, ALLOW),
            (libc::SYS_clone, 0x1000_0000, REFUSE),
            (libc::SYS_clone3, 0, UNKNOWN),
            (libc::SYS_socket, 2, ALLOW),
            (libc::SYS_socket, AF_VSOCK, REFUSE),
            (libc::SYS_socket, AF_ALG, REFUSE),
            (libc::SYS_personality, 0x8, ALLOW),
            (libc::SYS_personality, 0x4_0000, REFUSE),
        ];
        for (number, argument, expected) in cases {
            assert_eq!(answer(&program, NATIVE, number as u32, argument), expected.k, "{number} {argument}");
        }
        assert_eq!(answer(&program, 1, 0, 0), KILL.k);
    }
}
