//! Values that must not be in an image, in the forms in which they get there.
use base64::Engine;
use base64::alphabet::{STANDARD, URL_SAFE};
use base64::engine::general_purpose::{GeneralPurpose, NO_PAD};
use std::collections::BTreeSet;

/// What is found of a longer value is its beginning.
const MAX_VALUE_BYTES: usize = 256;
const MIN_NEEDLE_BYTES: usize = 8;

/// The value itself, in hexadecimal, as base64 wherever it begins in what is encoded, and as URLs and JSON have it.
pub fn forms_of(value: &[u8]) -> BTreeSet<Vec<u8>> {
    let value = &value[..value.len().min(MAX_VALUE_BYTES)];
    let mut forms = BTreeSet::from([value.to_vec(), in_json(value)]);
    for is_upper in [false, true] {
        forms.extend([in_url(value, is_upper), value.iter().flat_map(|byte| hex(*byte, is_upper)).collect()]);
    }
    for alphabet in [&STANDARD, &URL_SAFE] {
        let engine = GeneralPurpose::new(alphabet, NO_PAD);
        forms.extend((0..3).map(|before| in_base64(&engine, value, before)));
    }
    forms.retain(|form| form.len() >= MIN_NEEDLE_BYTES);
    forms
}

/// The digits that the value alone decides, with so many bytes before it.
fn in_base64(engine: &GeneralPurpose, value: &[u8], before: usize) -> Vec<u8> {
    let padded = [&[0; 3][..before], value].concat();
    let digits = engine.encode(&padded).into_bytes();
    let (first, end) = ((before * 8).div_ceil(6), padded.len() * 8 / 6);
    digits.get(first..end).unwrap_or_default().to_vec()
}

fn in_url(value: &[u8], is_upper: bool) -> Vec<u8> {
    let mut text = Vec::with_capacity(value.len());
    for byte in value {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(byte) {
            text.push(*byte);
        } else {
            text.push(b'%');
            text.extend(hex(*byte, is_upper));
        }
    }
    text
}

fn hex(byte: u8, is_upper: bool) -> [u8; 2] {
    let digits = if is_upper { b"0123456789ABCDEF" } else { b"0123456789abcdef" };
    [digits[usize::from(byte >> 4)], digits[usize::from(byte & 15)]]
}

fn in_json(value: &[u8]) -> Vec<u8> {
    let text = serde_json::to_vec(&String::from_utf8_lossy(value)).unwrap_or_default();
    text.get(1..text.len().saturating_sub(1)).unwrap_or_default().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_known_wherever_it_stands_in_base64() {
        let engine = GeneralPurpose::new(&STANDARD, NO_PAD);
        for before in ["", "u", "us", "user", "user:"] {
            for after in ["", "\n", "xy"] {
                let text = engine.encode(format!("{before}correct horse battery{after}"));
                let forms = forms_of(b"correct horse battery");
                assert!(forms.iter().any(|form| text.as_bytes().windows(form.len()).any(|part| part == form)), "{text}");
            }
        }
    }

    #[test]
    fn a_value_is_known_in_hexadecimal_and_in_urls_of_either_case() {
        for text in
            ["correct/horse", "636f72726563742f686f727365", "636F72726563742F686F727365", "correct%2Fhorse", "correct%2fhorse"]
        {
            assert!(forms_of(b"correct/horse").contains(text.as_bytes()), "{text}");
        }
    }
}
