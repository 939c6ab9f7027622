//! Records of extended headers: `<length> <key>=<value>\n`.

pub const XATTR: &[u8] = b"SCHILY.xattr.";

pub fn put(records: &mut Vec<u8>, key: &[u8], value: &[u8]) {
    // The length counts its own digits.
    let body = key.len() + value.len() + 3;
    let mut length = body + 1;
    while length != body + length.to_string().len() {
        length = body + length.to_string().len();
    }
    records.extend_from_slice(length.to_string().as_bytes());
    records.push(b' ');
    records.extend_from_slice(key);
    records.push(b'=');
    records.extend_from_slice(value);
    records.push(b'\n');
}

/// None if a record is malformed.
pub fn parse(mut records: &[u8]) -> Option<Vec<(&[u8], &[u8])>> {
    let mut found = Vec::new();
    while !records.is_empty() {
        let blank = records.iter().take(20).position(|byte| *byte == b' ')?;
        let length: usize = std::str::from_utf8(&records[..blank]).ok()?.parse().ok()?;
        if length < blank + 3 || length > records.len() || records[length - 1] != b'\n' {
            return None;
        }
        let body = &records[blank + 1..length - 1];
        let equals = body.iter().position(|byte| *byte == b'=')?;
        found.push((&body[..equals], &body[equals + 1..]));
        records = &records[length..];
    }
    Some(found)
}

/// Seconds and nanoseconds of `123.456`, rounded down.
pub fn parse_time(value: &[u8]) -> Option<(i64, u32)> {
    let text = std::str::from_utf8(value).ok()?;
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let is_negative = whole.starts_with('-');
    let seconds: i64 = whole.parse().ok()?;
    let mut nanos = 0u32;
    for at in 0..9 {
        let digit = match fraction.as_bytes().get(at) {
            Some(byte) if byte.is_ascii_digit() => u32::from(byte - b'0'),
            Some(_) => return None,
            None => 0,
        };
        nanos = nanos * 10 + digit;
    }
    match (is_negative, nanos) {
        (true, 1..) => Some((seconds.checked_sub(1)?, 1_000_000_000 - nanos)),
        _ => Some((seconds, nanos)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_count_their_own_digits() {
        for length in 0..2000 {
            let mut records = Vec::new();
            put(&mut records, b"path", &vec![b'x'; length]);
            let text = String::from_utf8_lossy(&records);
            assert_eq!(text.split(' ').next().and_then(|digits| digits.parse().ok()), Some(records.len()), "{length}");
            assert_eq!(parse(&records).map(|found| found[0].1.len()), Some(length));
        }
    }

    #[test]
    fn times_round_down() {
        assert_eq!(parse_time(b"12"), Some((12, 0)));
        assert_eq!(parse_time(b"12.5"), Some((12, 500_000_000)));
        assert_eq!(parse_time(b"12.1234567899"), Some((12, 123_456_789)));
        assert_eq!(parse_time(b"-1.25"), Some((-2, 750_000_000)));
        assert_eq!(parse_time(b"-0.5"), Some((-1, 500_000_000)));
        assert_eq!(parse_time(b"1.x"), None);
        assert_eq!(parse_time(b""), None);
    }
}
