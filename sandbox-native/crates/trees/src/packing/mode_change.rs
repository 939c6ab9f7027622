//! `--chmod`: an octal mode, or symbolic changes as in chmod(1).
use crate::tree::meta::Kind;
use foundation::failure::Failure;

pub enum ModeChange {
    Octal(u32),
    Clauses(Vec<Clause>),
}

pub struct Clause {
    /// Masks of the user classes.
    who: u32,
    operator: char,
    right: Right,
}

enum Right {
    /// rwx bits for all classes; setuid, setgid and sticky separately.
    Bits {
        rwx: u32,
        conditional_x: bool,
        set_id: bool,
        sticky: bool,
    },
    CopyOf(u32),
}

const USER: u32 = 0o4700;
const GROUP: u32 = 0o2070;
const OTHER: u32 = 0o0007;
const STICKY: u32 = 0o1000;

impl ModeChange {
    pub fn parse(text: &str) -> Result<ModeChange, Failure> {
        if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
            return match u32::from_str_radix(text, 8) {
                Ok(mode) if mode <= 0o7777 => Ok(ModeChange::Octal(mode)),
                _ => Err(bad(text)),
            };
        }
        let mut clauses = Vec::new();
        for part in text.split(',') {
            parse_part(part, &mut clauses).ok_or_else(|| bad(text))?;
        }
        Ok(ModeChange::Clauses(clauses))
    }

    pub fn apply(&self, mode: u32, kind: Kind) -> u32 {
        match self {
            _ if kind == Kind::Symlink => mode,
            ModeChange::Octal(mode) => *mode,
            ModeChange::Clauses(clauses) => {
                let has_x = kind == Kind::Directory || mode & 0o111 != 0;
                clauses.iter().fold(mode, |mode, clause| clause.apply(mode, has_x))
            }
        }
    }
}

impl Clause {
    /// `has_x`: the file was executable before any clause, or is a directory, which `X` requires.
    fn apply(&self, mode: u32, has_x: bool) -> u32 {
        let bits = match &self.right {
            Right::CopyOf(shift) => 0o111 * ((mode >> shift) & 7),
            Right::Bits { rwx, conditional_x, set_id, sticky } => {
                let x = *conditional_x && has_x;
                let when = |wanted: bool, bits: u32| if wanted { bits } else { 0 };
                (rwx * 0o111) | when(x, 0o111) | when(*set_id, 0o6000) | when(*sticky, 0o1000)
            }
        };
        // SPEC: BuildKit's tonistiigi/dchapes-mode, and BSD's chmod: `o` has no sticky bit, `u`, `g` and `a` have it once named.
        let sticky = matches!(self.right, Right::Bits { sticky: true, .. }) && self.who & !OTHER != 0;
        let who = if sticky { self.who | STICKY } else { self.who };
        let bits = bits & who;
        match self.operator {
            '+' => mode | bits,
            '-' => mode & !bits,
            _ if matches!(self.right, Right::CopyOf(_)) => mode & !(who & 0o777) | bits,
            _ => mode & !who | bits,
        }
    }
}

fn parse_part(part: &str, clauses: &mut Vec<Clause>) -> Option<()> {
    let operators = ['+', '-', '='];
    let first = part.find(operators)?;
    let mut who = 0;
    for letter in part[..first].chars() {
        who |= match letter {
            'u' => USER,
            'g' => GROUP,
            'o' => OTHER,
            'a' => USER | GROUP | OTHER,
            _ => return None,
        };
    }
    let who = if who == 0 { USER | GROUP | OTHER } else { who };
    let mut rest = &part[first..];
    while let Some(operator) = rest.chars().next() {
        let end = rest[1..].find(operators).map_or(rest.len(), |at| at + 1);
        clauses.push(Clause { who, operator, right: parse_right(&rest[1..end])? });
        rest = &rest[end..];
    }
    Some(())
}

fn parse_right(text: &str) -> Option<Right> {
    match text {
        "u" => return Some(Right::CopyOf(6)),
        "g" => return Some(Right::CopyOf(3)),
        "o" => return Some(Right::CopyOf(0)),
        _ => {}
    }
    let (mut rwx, mut conditional_x, mut set_id, mut sticky) = (0, false, false, false);
    for letter in text.chars() {
        match letter {
            'r' => rwx |= 4,
            'w' => rwx |= 2,
            'x' => rwx |= 1,
            'X' => conditional_x = true,
            's' => set_id = true,
            't' => sticky = true,
            _ => return None,
        }
    }
    Some(Right::Bits { rwx, conditional_x, set_id, sticky })
}

fn bad(text: &str) -> Failure {
    Failure::new(
        "TREE_MODE",
        format!("Cannot read mode \"{text}\": not a mode (expected an octal number up to 07777, or symbolic)"),
    )
    .with_hint("Use a mode such as 755 or u=rwX,go=rX")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modes_change_as_chmod_documents() {
        let cases = [
            ("755", 0o600, Kind::File, 0o755),
            ("4711", 0o600, Kind::File, 0o4711),
            ("0", 0o777, Kind::File, 0),
            ("u=rwX,go=rX", 0o600, Kind::File, 0o644),
            ("u=rwX,go=rX", 0o700, Kind::File, 0o755),
            ("u=rwX,go=rX", 0o600, Kind::Directory, 0o755),
            ("+x", 0o644, Kind::File, 0o755),
            ("a-w", 0o666, Kind::File, 0o444),
            ("g=u", 0o640, Kind::File, 0o660),
            ("o=g-w", 0o660, Kind::File, 0o664),
            ("u+s,g+s", 0o755, Kind::File, 0o6755),
            ("+t", 0o777, Kind::Directory, 0o1777),
            ("g=u", 0o3711, Kind::Directory, 0o3771),
            ("a=rw,a+X", 0o755, Kind::File, 0o777),
            ("o+t", 0o777, Kind::Directory, 0o777),
            ("u=rwxst", 0o640, Kind::File, 0o5740),
            ("a=rX", 0o3711, Kind::Directory, 0o1555),
            ("u=rw", 0o4755, Kind::File, 0o655),
            ("go=", 0o777, Kind::File, 0o700),
            ("777", 0o777, Kind::Symlink, 0o777),
        ];
        for (text, before, kind, after) in cases {
            let change = ModeChange::parse(text).unwrap_or_else(|failure| panic!("{text}: {}", failure.message));
            assert_eq!(change.apply(before, kind), after, "{text} on {before:o}");
        }
    }

    #[test]
    fn invalid_modes_are_refused() {
        for text in ["", "8", "10000", "0o755", "rw", "u", "u=q", "z+x", "+x,", "u=gx"] {
            assert!(ModeChange::parse(text).is_err(), "{text}");
        }
    }
}
