//! Compiles a list of rules to a program for the kernel: for each architecture, calls with conditions first, then all
//! others as ascending ranges with the same action.
use super::instruction::*;
use super::table::{Column, numbers};
use std::collections::BTreeMap;

/// Placeholder for the distance to the end of the rule.
const FAIL: u8 = u8::MAX;

pub struct Rule<'n> {
    pub name: &'n str,
    /// All must match; an empty list always matches.
    pub conditions: Vec<Condition>,
    pub action: Instruction,
}

#[derive(Clone, Copy)]
pub struct Condition {
    pub index: u8,
    pub comparison: Comparison,
    pub value: u64,
}

#[derive(Clone, Copy)]
pub enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    MaskedEqual { mask: u64 },
}

/// The native architecture and `others`. Calls of any other architecture kill the process.
#[cfg(target_arch = "x86_64")]
pub fn assemble(rules: &[Rule], default: Instruction, others: &[Column]) -> Vec<Instruction> {
    let mut program = vec![load(ARCHITECTURE)];
    if others.contains(&Column::I386) {
        program.extend(if_architecture(I386, section(rules, default, (Column::I386, 0))));
    }
    let body = section(rules, default, (Column::X86_64, 0));
    // A conditional jump reaches 255 instructions, so it skips an unconditional one.
    let mut native = vec![load(NUMBER), test(IF_AT_LEAST, X32_BIT, [0, 1]), jump(body.len() as u32)];
    native.extend(body);
    match others.contains(&Column::X32) {
        true => native.extend(section(rules, default, (Column::X32, X32_BIT))),
        false => native.push(KILL),
    }
    program.extend(if_architecture(NATIVE, native));
    program.push(KILL);
    program
}

#[cfg(target_arch = "aarch64")]
pub fn assemble(rules: &[Rule], default: Instruction, others: &[Column]) -> Vec<Instruction> {
    let mut program = vec![load(ARCHITECTURE)];
    if others.contains(&Column::Arm) {
        program.extend(if_architecture(ARM, section(rules, default, (Column::Arm, 0))));
    }
    program.extend(if_architecture(NATIVE, section(rules, default, (Column::Aarch64, 0))));
    program.push(KILL);
    program
}

fn if_architecture(architecture: u32, body: Vec<Instruction>) -> Vec<Instruction> {
    let mut part = vec![test(IF_EQUAL, architecture, [1, 0]), jump(body.len() as u32)];
    part.extend(body);
    part
}

/// Decides every call number, which has the bit set. Of several matching rules, the first with conditions wins, then the first without.
fn section(rules: &[Rule], default: Instruction, (column, bit): (Column, u32)) -> Vec<Instruction> {
    let mut by_number: BTreeMap<u32, Vec<&Rule>> = BTreeMap::new();
    let numbers = numbers(column);
    for rule in rules {
        if let Some(number) = numbers.get(rule.name) {
            by_number.entry(number | bit).or_default().push(rule);
        }
    }
    let mut part = vec![load(NUMBER)];
    let mut ranges: Vec<(u32, u32, Instruction)> = Vec::new();
    for (number, rules) in &by_number {
        let plain = rules.iter().find(|rule| rule.conditions.is_empty()).map_or(default, |rule| rule.action);
        let conditional: Vec<&&Rule> = rules.iter().filter(|rule| !rule.conditions.is_empty()).collect();
        if !conditional.is_empty() {
            let mut body: Vec<Instruction> = conditional.into_iter().flat_map(|rule| decide(rule, column.is_narrow())).collect();
            body.push(plain);
            part.extend([test(IF_EQUAL, *number, [1, 0]), jump(body.len() as u32)]);
            part.extend(body);
            continue;
        }
        match ranges.last_mut() {
            Some((_, last, action)) if *last + 1 == *number && action.k == plain.k => *last = *number,
            _ => ranges.push((*number, *number, plain)),
        }
    }
    for (first, last, action) in ranges {
        part.push(test(IF_AT_LEAST, first, [0, 2])); // the number is below this range and above the previous one
        part.push(test(IF_GREATER, last, [2, 0]));
        part.push(action);
        part.push(default);
    }
    part.push(default);
    part
}

/// Falls through if a condition does not match.
fn decide(rule: &Rule, narrow: bool) -> Vec<Instruction> {
    let mut body: Vec<Instruction> = rule.conditions.iter().flat_map(|condition| check(condition, narrow)).collect();
    body.push(rule.action);
    let end = body.len();
    for (at, instruction) in body.iter_mut().enumerate() {
        let way = (end - at - 1) as u8; // six arguments take fewer than 50 instructions
        for side in [&mut instruction.jt, &mut instruction.jf].into_iter().filter(|side| **side == FAIL) {
            *side = way;
        }
    }
    body
}

/// Compares each half of an argument: the kernel compares 32 bits at a time. Little-endian.
fn check(Condition { index, comparison, value }: &Condition, narrow: bool) -> Vec<Instruction> {
    let cut = |value: u64| if narrow { value & 0xffff_ffff } else { value };
    let (high, low) = ((cut(*value) >> 32) as u32, *value as u32);
    let at = FIRST_ARGUMENT + 8 * u32::from(*index);
    let (load_high, load_low) = (load(at + 4), load(at));
    match *comparison {
        Comparison::Equal => vec![load_high, test(IF_EQUAL, high, [0, FAIL]), load_low, test(IF_EQUAL, low, [0, FAIL])],
        Comparison::NotEqual => vec![load_high, test(IF_EQUAL, high, [0, 2]), load_low, test(IF_EQUAL, low, [FAIL, 0])],
        Comparison::MaskedEqual { mask } => vec![
            load_high,
            Instruction { code: AND, jt: 0, jf: 0, k: (cut(mask) >> 32) as u32 },
            test(IF_EQUAL, high, [0, FAIL]),
            load_low,
            Instruction { code: AND, jt: 0, jf: 0, k: mask as u32 },
            test(IF_EQUAL, low, [0, FAIL]),
        ],
        Comparison::Greater => above([load_high, load_low], high, test(IF_GREATER, low, [0, FAIL])),
        Comparison::GreaterOrEqual => above([load_high, load_low], high, test(IF_AT_LEAST, low, [0, FAIL])),
        Comparison::Less => below([load_high, load_low], high, test(IF_AT_LEAST, low, [FAIL, 0])),
        Comparison::LessOrEqual => below([load_high, load_low], high, test(IF_GREATER, low, [FAIL, 0])),
    }
}

fn above([load_high, load_low]: [Instruction; 2], high: u32, last: Instruction) -> Vec<Instruction> {
    vec![load_high, test(IF_GREATER, high, [3, 0]), test(IF_EQUAL, high, [0, FAIL]), load_low, last]
}

fn below([load_high, load_low]: [Instruction; 2], high: u32, last: Instruction) -> Vec<Instruction> {
    vec![load_high, test(IF_GREATER, high, [FAIL, 0]), test(IF_EQUAL, high, [0, 2]), load_low, last]
}
