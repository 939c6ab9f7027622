//! Compiles device rules to a BPF program, which version 2 runs for every device access instead of providing files. SPEC:
//! instruction-set.rst of the kernel; `struct bpf_cgroup_dev_ctx`, in which all fields have 32 bits: access << 16 | kind,
//! major, minor.
use super::device_rule::{DeviceRule, Kind, MKNOD, READ, WRITE};

/// One instruction: operation, registers (source << 4 | destination), offset, immediate.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Instruction {
    operation: u8,
    registers: u8,
    offset: i16,
    immediate: i32,
}

const LOAD_32: u8 = 0x61; // LDX | MEM | W
const AND: u8 = 0x54; // ALU | AND | K: 32 bits
const SHIFT_RIGHT: u8 = 0x74; // ALU | RSH | K
const COPY: u8 = 0xbc; // ALU | MOV | X
const SET: u8 = 0xb4; // ALU | MOV | K
const JUMP_UNLESS_EQUAL: u8 = 0x56; // JMP32 | JNE | K
const JUMP_UNLESS_SAME: u8 = 0x5e; // JMP32 | JNE | X
const EXIT: u8 = 0x95;

const ANSWER: u8 = 0;
/// The context; reusable once the fields are loaded.
const SCRATCH: u8 = 1;
const KIND: u8 = 2;
const ACCESS: u8 = 3;
const MAJOR: u8 = 4;
const MINOR: u8 = 5;

/// SPEC: BPF_DEVCG_DEV_BLOCK and BPF_DEVCG_DEV_CHAR. The access bits are those of the rules.
const BLOCK: i32 = 1;
const CHARACTER: i32 = 2;

/// Returns 1 if one of the rules allows the whole request, otherwise 0.
pub fn assemble(rules: &[DeviceRule]) -> Vec<Instruction> {
    let mut program = vec![
        load(KIND, 0),
        with(AND, KIND, 0xffff),
        load(ACCESS, 0),
        with(SHIFT_RIGHT, ACCESS, 16),
        load(MAJOR, 4),
        load(MINOR, 8),
    ];
    for rule in rules {
        program.extend(allow(rule));
        if rule.kind == Kind::All {
            return program; // the kernel rejects programs with unreachable instructions
        }
    }
    program.extend([with(SET, ANSWER, 0), EXIT_NOW]);
    program
}

/// Falls through if the rule does not apply.
fn allow(rule: &DeviceRule) -> Vec<Instruction> {
    let mut checks = Vec::new();
    match rule.kind {
        Kind::All => return vec![with(SET, ANSWER, 1), EXIT_NOW],
        Kind::Block => checks.push(with(JUMP_UNLESS_EQUAL, KIND, BLOCK)),
        Kind::Character => checks.push(with(JUMP_UNLESS_EQUAL, KIND, CHARACTER)),
    }
    if rule.access != MKNOD | READ | WRITE {
        checks.push(of_both(COPY, SCRATCH, ACCESS));
        checks.push(with(AND, SCRATCH, rule.access.into()));
        checks.push(of_both(JUMP_UNLESS_SAME, SCRATCH, ACCESS));
    }
    let numbers = [(MAJOR, rule.major), (MINOR, rule.minor)];
    checks.extend(
        numbers.iter().filter_map(|(register, number)| number.map(|number| with(JUMP_UNLESS_EQUAL, *register, number as i32))),
    );
    checks.extend([with(SET, ANSWER, 1), EXIT_NOW]);
    let length = checks.len();
    for (at, instruction) in checks.iter_mut().enumerate() {
        if [JUMP_UNLESS_EQUAL, JUMP_UNLESS_SAME].contains(&instruction.operation) {
            instruction.offset = (length - at - 1) as i16; // a rule has fewer than ten instructions
        }
    }
    checks
}

const EXIT_NOW: Instruction = Instruction { operation: EXIT, registers: 0, offset: 0, immediate: 0 };

fn load(register: u8, offset: i16) -> Instruction {
    Instruction { operation: LOAD_32, registers: SCRATCH << 4 | register, offset, immediate: 0 }
}

fn with(operation: u8, register: u8, immediate: i32) -> Instruction {
    Instruction { operation, registers: register, offset: 0, immediate }
}

fn of_both(operation: u8, register: u8, source: u8) -> Instruction {
    Instruction { operation, registers: source << 4 | register, offset: 0, immediate: 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn program(rules: &[&str]) -> Vec<Instruction> {
        let rules: Vec<DeviceRule> = rules.iter().map(|text| text.parse().unwrap()).collect();
        assemble(&rules)
    }

    /// The kernel's verdict; 32-bit registers are sufficient here.
    fn answer(program: &[Instruction], (kind, major, minor): (i32, u32, u32), access: u8) -> u32 {
        let context = [u32::from(access) << 16 | kind as u32, major, minor];
        let mut registers = [0u32; 6];
        let mut at = 0;
        loop {
            let Instruction { operation, registers: pair, offset, immediate } = program[at];
            let (to, from) = (usize::from(pair & 15), usize::from(pair >> 4));
            let mut skipped = 0;
            match operation {
                LOAD_32 => registers[to] = context[offset as usize / 4],
                AND => registers[to] &= immediate as u32,
                SHIFT_RIGHT => registers[to] >>= immediate,
                COPY => registers[to] = registers[from],
                SET => registers[to] = immediate as u32,
                JUMP_UNLESS_EQUAL if registers[to] != immediate as u32 => skipped = offset as usize,
                JUMP_UNLESS_SAME if registers[to] != registers[from] => skipped = offset as usize,
                JUMP_UNLESS_EQUAL | JUMP_UNLESS_SAME => {}
                EXIT => return registers[0],
                other => panic!("unknown operation {other:#x}"),
            }
            at += 1 + skipped;
        }
    }

    #[test]
    fn a_rule_becomes_these_instructions() {
        let words: Vec<u64> = program(&["c 1:3 rw"])
            .iter()
            .map(|it| {
                u64::from(it.operation) << 56
                    | u64::from(it.registers) << 48
                    | u64::from(it.offset as u16) << 32
                    | u64::from(it.immediate as u32)
            })
            .collect();
        assert_eq!(
            words,
            [
                0x6112_0000_0000_0000, // kind = *(u32 *)(context + 0)
                0x5402_0000_0000_ffff, // kind &= 0xffff
                0x6113_0000_0000_0000, // access = *(u32 *)(context + 0)
                0x7403_0000_0000_0010, // access >>= 16
                0x6114_0004_0000_0000, // major = *(u32 *)(context + 4)
                0x6115_0008_0000_0000, // minor = *(u32 *)(context + 8)
                0x5602_0007_0000_0002, // if kind != character, skip 7
                0xbc31_0000_0000_0000, // scratch = access
                0x5401_0000_0000_0006, // scratch &= read | write
                0x5e31_0004_0000_0000, // if scratch != access, skip 4
                0x5604_0003_0000_0001, // if major != 1, skip 3
                0x5605_0002_0000_0003, // if minor != 3, skip 2
                0xb400_0000_0000_0001, // answer = 1
                0x9500_0000_0000_0000, // exit
                0xb400_0000_0000_0000, // answer = 0
                0x9500_0000_0000_0000, // exit
            ]
        );
    }

    #[test]
    fn rules_after_an_allow_all_rule_are_omitted() {
        assert_eq!(program(&["c 1:3 r", "a *:* rwm", "b 8:0 r"]), program(&["c 1:3 r", "a *:* rwm"]));
        assert_eq!(program(&["a *:* rwm"]).len(), 8);
    }

    #[test]
    fn one_rule_must_allow_the_whole_request() {
        let rules = program(&["c *:* m", "b *:* m", "c 1:3 rwm", "c 1:11 r", "c 136:* rw", "b 8:0 rw", "c *:77 w"]);
        let null = (CHARACTER, 1, 3);
        assert_eq!(answer(&rules, null, READ | WRITE | MKNOD), 1);
        assert_eq!(answer(&rules, (BLOCK, 1, 3), READ), 0);
        assert_eq!(answer(&rules, (CHARACTER, 1, 1), READ), 0);
        assert_eq!(answer(&rules, (CHARACTER, 1, 1), MKNOD), 1);
        assert_eq!(answer(&rules, (CHARACTER, 1, 11), READ), 1);
        assert_eq!(answer(&rules, (CHARACTER, 1, 11), READ | WRITE), 0);
        assert_eq!(answer(&rules, (CHARACTER, 136, 500), WRITE), 1);
        assert_eq!(answer(&rules, (BLOCK, 8, 0), READ | WRITE), 1);
        assert_eq!(answer(&rules, (BLOCK, 8, 1), READ), 0);
        assert_eq!(answer(&rules, (CHARACTER, 9, 77), WRITE), 1);
        assert_eq!(answer(&program(&["a *:* rwm"]), (BLOCK, 8, 1), READ | WRITE), 1);
        assert_eq!(answer(&program(&[]), null, READ), 0);
    }
}
