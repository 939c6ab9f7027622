//! Values that must not be in an image, in the encodings in which they get there.
use super::texts::WRAPPED_BEGINNING_BYTES;
use base64::Engine;
use base64::alphabet::{STANDARD, URL_SAFE};
use base64::engine::general_purpose::{GeneralPurpose, NO_PAD};
use std::collections::BTreeSet;

/// For a longer value, only this prefix is searched for.
const MAX_VALUE_BYTES: usize = 256;
const MIN_NEEDLE_BYTES: usize = 8;

#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub struct Needle {
    pub bytes: Vec<u8>,
    /// Encoders insert line breaks.
    pub is_wrapped: bool,
}

/// The value itself, in hexadecimal, as base64 at any offset of the encoded data, in UTF-16, and as escaped in URLs, JSON
/// and XML.
pub fn forms_of(value: &[u8]) -> BTreeSet<Needle> {
    let value = &value[..value.len().min(MAX_VALUE_BYTES)];
    let mut plain = escaped_forms(value);
    plain.push(value.to_vec());
    plain.extend(in_utf16(value));
    for is_upper in [false, true] {
        plain.extend([in_url(value, is_upper), value.iter().flat_map(|byte| hex(*byte, is_upper)).collect()]);
    }
    let encoded = [&STANDARD, &URL_SAFE].into_iter().flat_map(|alphabet| {
        let engine = GeneralPurpose::new(alphabet, NO_PAD);
        (0..3).map(move |before| in_base64(&engine, value, before)).flat_map(split_in_two)
    });
    let wrapped = encoded.map(|bytes| Needle { bytes, is_wrapped: true });
    let needles = plain.into_iter().map(|bytes| Needle { bytes, is_wrapped: false }).chain(wrapped);
    needles.filter(|needle| needle.bytes.len() >= MIN_NEEDLE_BYTES).collect()
}

/// A line break may be within the digits with which a text is found.
fn split_in_two(digits: Vec<u8>) -> [Vec<u8>; 2] {
    let rest = digits.get(WRAPPED_BEGINNING_BYTES..).unwrap_or_default().to_vec();
    [digits, rest]
}

/// The digits that depend only on the value, after this number of preceding bytes.
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

/// What JavaScript's encodeURIComponent and encodeURI, Python, and Go (in logins) do not escape.
const KEPT_IN_URLS: [&[u8]; 4] = [b"!'()*", b";,/?:@&=+$#!'()*", b"/", b"$&+,;="];

/// As serde, Go, PHP and Python write JSON, as XML, and as URLs.
fn escaped_forms(value: &[u8]) -> Vec<Vec<u8>> {
    let Ok(text) = std::str::from_utf8(value) else { return Vec::new() };
    let json = serde_json::to_string(text).unwrap_or_default();
    let json = json.get(1..json.len().saturating_sub(1)).unwrap_or_default();
    let in_go = json.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026");
    let xml = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;");
    let keeping = |kept: &[u8]| {
        value.iter().flat_map(|byte| if kept.contains(byte) { vec![*byte] } else { in_url(&[*byte], true) }).collect()
    };
    let in_form = |byte: u8| if byte == b' ' { vec![b'+'] } else { in_url(&[byte], true) };
    let texts = [json.to_owned(), in_go, json.replace('/', "\\/"), in_ascii(json), xml];
    let form = value.iter().flat_map(|byte| in_form(*byte)).collect();
    texts.into_iter().map(String::into_bytes).chain(KEPT_IN_URLS.map(keeping)).chain([form]).collect()
}

fn in_ascii(text: &str) -> String {
    let units = |letter: char| letter.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04x}")).collect::<String>();
    text.chars().map(|letter| if letter.is_ascii() { letter.to_string() } else { units(letter) }).collect()
}

/// In both byte orders.
fn in_utf16(value: &[u8]) -> Vec<Vec<u8>> {
    let Ok(text) = std::str::from_utf8(value) else { return Vec::new() };
    [u16::to_le_bytes, u16::to_be_bytes].map(|bytes| text.encode_utf16().flat_map(bytes).collect()).to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_found_at_every_offset_in_base64() {
        let engine = GeneralPurpose::new(&STANDARD, NO_PAD);
        for before in ["", "u", "us", "user", "user:"] {
            for after in ["", "\n", "xy"] {
                let text = engine.encode(format!("{before}correct horse battery{after}"));
                let forms = forms_of(b"correct horse battery");
                assert!(
                    forms.iter().any(|form| text.as_bytes().windows(form.bytes.len()).any(|part| part == form.bytes)),
                    "{text}"
                );
            }
        }
    }

    #[test]
    fn a_value_is_found_in_every_encoding() {
        let value = "c/ö <r>&!e c\"t";
        let known = forms_of(value.as_bytes());
        for text in [
            "632fc3b6203c723e26216520632274", "632FC3B6203C723E26216520632274", "c%2F%C3%B6%20%3Cr%3E%26%21e%20c%22t",
            "c%2f%c3%b6%20%3cr%3e%26%21e%20c%22t", "c%2F%C3%B6%20%3Cr%3E%26!e%20c%22t", "c%2F%C3%B6+%3Cr%3E%26%21e+c%22t",
            "c/%C3%B6%20%3Cr%3E&!e%20c%22t", "c/%C3%B6%20%3Cr%3E%26%21e%20c%22t", "c%2F%C3%B6%20%3Cr%3E&%21e%20c%22t",
            "c/ö <r>&!e c\\\"t", "c\\/ö <r>&!e c\\\"t", "c/ö \\u003cr\\u003e\\u0026!e c\\\"t", "c/\\u00f6 <r>&!e c\\\"t",
            "c/ö &lt;r&gt;&amp;!e c&quot;t", "c\0/\0\u{f6}\0",
        ] {
            let bytes = if text.contains('\0') {
                value.encode_utf16().flat_map(u16::to_le_bytes).collect()
            } else {
                text.as_bytes().to_vec()
            };
            assert!(known.contains(&Needle { bytes, is_wrapped: false }), "{text}");
        }
    }
}
