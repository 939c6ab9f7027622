//! A rule of a device control group, in the syntax of `devices.allow` of version 1 and of docker's flag.
use super::CODE;
use foundation::failure::Failure;
use std::fmt;
use std::str::FromStr;

pub const MKNOD: u8 = 1;
pub const READ: u8 = 2;
pub const WRITE: u8 = 4;

const LETTERS: [(char, u8); 3] = [('r', READ), ('w', WRITE), ('m', MKNOD)];

/// SPEC: runc libcontainer/specconv AllowedDevices, added to every container: any node may be created; null, zero, full,
/// random, urandom, tty, ptmx, terminals and tun may be opened.
const ALWAYS_ALLOWED: [&str; 11] = [
    "c *:* m", "b *:* m", "c 1:3 rwm", "c 1:5 rwm", "c 1:7 rwm", "c 1:8 rwm", "c 1:9 rwm", "c 5:0 rwm", "c 5:2 rwm",
    "c 10:200 rwm", "c 136:* rwm",
];

#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Kind {
    /// All devices, with all kinds of access.
    All,
    Block,
    Character,
}

/// The devices and access that a rule allows.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct DeviceRule {
    pub kind: Kind,
    /// Absent: any.
    pub major: Option<u32>,
    pub minor: Option<u32>,
    pub access: u8,
}

pub fn of_every_container() -> impl Iterator<Item = DeviceRule> {
    ALWAYS_ALLOWED.iter().map(|text| text.parse().expect("the rules above are well formed"))
}

/// Access bits of the letters `rwm`.
pub fn access(letters: &str) -> Option<u8> {
    let bits = letters.chars().map(|letter| LETTERS.iter().find(|(known, _)| *known == letter).map(|(_, bit)| *bit));
    bits.into_iter().try_fold(0, |all, bit| bit.map(|bit| all | bit)).filter(|all| *all != 0)
}

impl FromStr for DeviceRule {
    type Err = Failure;

    /// SPEC: docker's `^([acb]) ([0-9]+|\*):([0-9]+|\*) ([rwm]{1,3})$`, with the kernel's range of numbers.
    fn from_str(text: &str) -> Result<Self, Failure> {
        let malformed =
            || Failure::new(CODE, format!("Cannot allow devices by {text:?}: not a rule (expected one such as \"c 1:3 rwm\")"));
        let words: Vec<&str> = text.split(' ').collect();
        let [kind, numbers, letters] = words[..] else { return Err(malformed()) };
        let kind = match kind {
            "a" => Kind::All,
            "b" => Kind::Block,
            "c" => Kind::Character,
            _ => return Err(malformed()),
        };
        let number = |word: &str| if word == "*" { Some(None) } else { word.parse().ok().map(Some) };
        let parsed = numbers.split_once(':').and_then(|(major, minor)| Some((number(major)?, number(minor)?, access(letters)?)));
        let (major, minor, access) = parsed.ok_or_else(malformed)?;
        Ok(DeviceRule { kind, major, minor, access })
    }
}

impl fmt::Display for DeviceRule {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.kind {
            Kind::All => return out.write_str("a"),
            Kind::Block => 'b',
            Kind::Character => 'c',
        };
        let number = |number: Option<u32>| number.map_or("*".to_owned(), |number| number.to_string());
        let letters: String = LETTERS.iter().filter(|(_, bit)| self.access & bit != 0).map(|(letter, _)| letter).collect();
        write!(out, "{kind} {}:{} {letters}", number(self.major), number(self.minor))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_round_trip() {
        for text in ALWAYS_ALLOWED.into_iter().chain(["c *:11 r", "b 8:0 rw", "c 4294967295:1 w"]) {
            assert_eq!(text.parse::<DeviceRule>().unwrap().to_string(), text);
        }
        assert_eq!("a 1:3 r".parse::<DeviceRule>().unwrap().to_string(), "a");
    }

    #[test]
    fn invalid_rules_are_refused() {
        for text in [
            "", "c 1:3", "x 1:3 r", "c 1:3 q", "c 1:3 ", "c 4294967296:1 r", "c -1:3 r", "c 1:3 r\n", "c  1:3 r", "c 1 r",
            "c 1:3 r m",
        ] {
            assert!(text.parse::<DeviceRule>().is_err(), "{text:?}");
        }
    }
}
