//! Number and text fields of a tar header.

/// Octal with a closing NUL, if the value fits.
pub fn put_octal(field: &mut [u8], value: u64) -> bool {
    let digits = field.len() - 1;
    if digits * 3 < 64 && value >> (digits * 3) != 0 {
        return false;
    }
    for (at, byte) in field[..digits].iter_mut().enumerate() {
        *byte = b'0' + ((value >> ((digits - 1 - at) * 3)) & 7) as u8;
    }
    field[digits] = 0;
    true
}

/// Octal text, or GNU's base 256 if the first bit is set.
pub fn read_number(field: &[u8]) -> Option<i64> {
    if field[0] & 0x80 != 0 {
        let is_negative = field[0] & 0x40 != 0;
        let mut value: i128 = if is_negative { -1 } else { 0 };
        for (at, byte) in field.iter().enumerate() {
            let bits = if at == 0 { byte & 0x7f | if is_negative { 0x80 } else { 0 } } else { *byte };
            value = (value << 8) | i128::from(bits);
            if value > i128::from(i64::MAX) || value < i128::from(i64::MIN) {
                return None;
            }
        }
        return i64::try_from(value).ok();
    }
    let text = read_text(field);
    let text = text.trim_ascii();
    if text.is_empty() {
        return Some(0);
    }
    i64::from_str_radix(std::str::from_utf8(text).ok()?, 8).ok().filter(|value| *value >= 0)
}

/// Up to the first NUL.
pub fn read_text(field: &[u8]) -> &[u8] {
    &field[..field.iter().position(|byte| *byte == 0).unwrap_or(field.len())]
}

/// The sum of all bytes, with spaces for the checksum field.
pub fn checksum(block: &[u8; 512]) -> u64 {
    let sum: u64 = block.iter().map(|byte| u64::from(*byte)).sum();
    let field: u64 = block[148..156].iter().map(|byte| u64::from(*byte)).sum();
    sum - field + 8 * u64::from(b' ')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_octal_and_base_256_are_read() {
        let mut field = [0u8; 12];
        assert!(put_octal(&mut field, 0o77_777_777_777));
        assert_eq!(read_number(&field), Some(0o77_777_777_777));
        assert!(!put_octal(&mut field, 0o100_000_000_000));
        assert_eq!(read_number(&[0x80, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0]), Some(0x2_0000_0000));
        assert_eq!(read_number(&[0xff; 12]), Some(-1));
        assert_eq!(read_number(b" 644 \0"), Some(0o644));
        assert_eq!(read_number(b"\0\0\0"), Some(0));
        assert_eq!(read_number(b"9\0"), None);
        assert_eq!(read_number(b"-1\0"), None);
        assert_eq!(read_number(&[0xbf, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]), None);
    }
}
