//! Parser of the table in syscalls.txt.
use std::collections::HashMap;

const TABLE: &str = include_str!("syscalls.txt");
const NUMBERS_FROM: usize = 2;

/// An architecture whose call numbers the table lists.
#[derive(Clone, Copy, PartialEq)]
pub enum Column {
    #[cfg(target_arch = "x86_64")]
    X86_64 = 0,
    #[cfg(target_arch = "x86_64")]
    I386 = 1,
    #[cfg(target_arch = "x86_64")]
    X32 = 2,
    #[cfg(target_arch = "aarch64")]
    Aarch64 = 3,
    #[cfg(target_arch = "aarch64")]
    Arm = 4,
}

impl Column {
    /// Whether arguments have 32 bits.
    pub fn is_narrow(self) -> bool {
        #[cfg(target_arch = "x86_64")]
        return self == Column::I386;
        #[cfg(target_arch = "aarch64")]
        return self == Column::Arm;
    }
}

fn lines() -> impl Iterator<Item = &'static str> {
    TABLE.lines().filter(|line| !line.starts_with('#'))
}

/// Call names with their rules in the default profile.
pub fn rules() -> impl Iterator<Item = (&'static str, &'static str)> {
    lines().filter_map(|line| {
        let mut words = line.split(' ');
        words.next().zip(words.next())
    })
}

/// Call numbers by name, for the calls that exist on this architecture.
pub fn numbers(column: Column) -> HashMap<&'static str, u32> {
    let number = |line: &'static str| {
        let mut words = line.split(' ');
        let name = words.next()?;
        Some((name, words.nth(NUMBERS_FROM + column as usize - 1)?.parse().ok()?))
    };
    lines().filter_map(number).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_has_a_name_a_rule_and_numbers() {
        for line in lines() {
            let words: Vec<&str> = line.split(' ').collect();
            assert_eq!(words.len(), 7, "{line}");
            assert!(words[NUMBERS_FROM..].iter().all(|word| *word == "-" || word.parse::<u32>().is_ok()), "{line}");
        }
    }

    #[test]
    fn numbers_are_those_of_the_kernel() {
        #[cfg(target_arch = "x86_64")]
        let numbers = numbers(Column::X86_64);
        #[cfg(target_arch = "aarch64")]
        let numbers = numbers(Column::Aarch64);
        // Includes calls that the default profile always refuses: users' profiles can allow them.
        for (name, call) in [("keyctl", libc::SYS_keyctl), ("kexec_load", libc::SYS_kexec_load), ("openat", libc::SYS_openat)] {
            assert_eq!(numbers.get(name), Some(&(call as u32)), "{name}");
        }
    }
}
