//! Docker's default profile, from the rules in syscalls.txt.
//!
//! As with Docker, a 32-bit program on x86 reaches every address family through `socketcall`, whose arguments are behind a
//! pointer that a filter cannot follow: glibc creates its sockets with this call.
use super::super::capabilities::Granted;
use super::instruction::{ALLOW, Instruction, fail};
use super::program::{self, Comparison, Condition, Rule};
use super::table::{self, Column};

#[cfg(target_arch = "x86_64")]
const OTHERS: [Column; 2] = [Column::I386, Column::X32];
#[cfg(target_arch = "aarch64")]
const OTHERS: [Column; 1] = [Column::Arm];

pub fn compile(granted: Granted) -> Vec<Instruction> {
    let rules: Vec<Rule> = table::rules().flat_map(|(name, rule)| rules_of(name, rule, granted)).collect();
    program::assemble(&rules, fail(libc::EPERM as u32), &OTHERS)
}

/// The first alternative of a rule that applies decides. If none applies, the call is refused.
fn rules_of(name: &'static str, rule: &str, granted: Granted) -> Vec<Rule<'static>> {
    let number = |text: &str| text.parse().expect("syscalls.txt contains numbers there");
    let plain = |action| vec![Rule { name, conditions: Vec::new(), action }];
    let with = |comparison, value| Rule { name, conditions: vec![Condition { index: 0, comparison, value }], action: ALLOW };
    for part in rule.split('|') {
        match part.split_once(':') {
            Some(("errno", errno)) => return plain(fail(number(errno) as u32)),
            Some(("values", values)) => return values.split(',').map(|value| with(Comparison::Equal, number(value))).collect(),
            Some(("unset", bits)) => return vec![with(Comparison::MaskedEqual { mask: number(bits) }, 0)],
            _ if part == "always" || part.split(',').any(|name| granted.has(name)) => return plain(ALLOW),
            _ => {}
        }
    }
    Vec::new()
}

#[cfg(all(test, target_arch = "x86_64"))]
mod tests {
    use super::super::super::capabilities::NAMES;
    use super::super::instruction::*;
    use super::*;

    const AF_ALG: u64 = 38;
    const AF_VSOCK: u64 = 40;

    /// The kernel's verdict: a minimal interpreter of the instructions used here.
    fn answer(program: &[Instruction], (architecture, number): (u32, u32), argument: u64) -> u32 {
        let (mut at, mut value) = (0, 0u32);
        loop {
            let Instruction { code, jt, jf, k } = program[at];
            at += 1;
            let holds = match code {
                LOAD => {
                    let known = [
                        (NUMBER, number),
                        (ARCHITECTURE, architecture),
                        (FIRST_ARGUMENT, argument as u32),
                        (FIRST_ARGUMENT + 4, (argument >> 32) as u32),
                    ];
                    value = known.iter().find(|(offset, _)| *offset == k).expect("an offset that is used").1;
                    continue;
                }
                AND => {
                    value &= k;
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
                _ => panic!("unknown instruction"),
            };
            at += usize::from(if holds { jt } else { jf });
        }
    }

    const SECTIONS: [(u32, Column, u32); 3] =
        [(NATIVE, Column::X86_64, 0), (NATIVE, Column::X32, X32_BIT), (I386, Column::I386, 0)];
    const REFUSE: Instruction = fail(libc::EPERM as u32);
    const UNKNOWN: Instruction = fail(libc::ENOSYS as u32);

    #[test]
    fn every_rule_of_the_table_is_known() {
        for (name, rule) in table::rules() {
            for part in rule.split('|') {
                let known = ["always", "never"].contains(&part)
                    || ["errno:", "values:", "unset:"].iter().any(|kind| part.starts_with(kind));
                assert!(known || part.split(',').all(|name| NAMES.contains(&name)), "{name} {rule}");
            }
        }
    }

    #[test]
    fn calls_without_conditions_follow_the_table() {
        for granted in [Granted(0xa80425fb), Granted(0), Granted(u64::MAX)] {
            let program = compile(granted);
            let rules: Vec<(&str, &str)> = table::rules().filter(|(_, rule)| !rule.contains(':')).collect();
            for (architecture, column, bit) in SECTIONS {
                let numbers = table::numbers(column);
                for (name, rule) in &rules {
                    let Some(number) = numbers.get(name) else { continue };
                    let is_allowed = *rule == "always" || rule.split(',').any(|name| granted.has(name));
                    let expected = if is_allowed { ALLOW.k } else { REFUSE.k };
                    assert_eq!(answer(&program, (architecture, number | bit), 0), expected, "{name}");
                }
                assert_eq!(answer(&program, (architecture, 599 | bit), 0), REFUSE.k);
            }
        }
    }

    #[test]
    fn some_calls_depend_on_arguments_on_every_architecture() {
        let program = compile(Granted(0));
        let cases = [
            ("clone", 0x11, ALLOW),
            ("clone", 0x1000_0000, REFUSE),
            ("clone3", 0, UNKNOWN),
            ("socket", 2, ALLOW),
            ("socket", AF_VSOCK, REFUSE),
            ("socket", AF_ALG, REFUSE),
            ("socket", 3, REFUSE),
            ("socket", 46, REFUSE),
            ("personality", 0x8, ALLOW),
            ("personality", 0x4_0000, REFUSE),
        ];
        for (architecture, column, bit) in SECTIONS {
            for (name, argument, expected) in cases {
                let number = table::numbers(column)[name] | bit;
                assert_eq!(answer(&program, (architecture, number), argument), expected.k, "{name} {argument}");
            }
        }
        assert_eq!(answer(&program, (1, 0), 0), KILL.k);
    }

    #[test]
    fn sys_admin_lifts_the_conditions_about_namespaces() {
        let program = compile(Granted(1 << NAMES.iter().position(|name| *name == "SYS_ADMIN").expect("a capability")));
        assert_eq!(answer(&program, (NATIVE, libc::SYS_clone as u32), 0x1000_0000), ALLOW.k);
        assert_eq!(answer(&program, (NATIVE, libc::SYS_clone3 as u32), 0), ALLOW.k);
    }
}
