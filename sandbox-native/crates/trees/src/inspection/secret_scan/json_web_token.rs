//! JSON Web Tokens that are usable: libraries and their tests contain many tokens that are expired or have no lifetime.
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use std::time::{SystemTime, UNIX_EPOCH};

#[derive(Deserialize)]
struct Claims {
    /// Seconds, possibly with a fraction.
    exp: Option<f64>,
    iss: Option<String>,
}

/// Kubernetes tokens in a Secret do not expire. SPEC: RFC 7519 4.1.4
const UNLIMITED: &str = "kubernetes/serviceaccount";

pub fn is_valid_now(token: &[u8]) -> bool {
    let claims = token.split(|byte| *byte == b'.').nth(1).and_then(|payload| URL_SAFE_NO_PAD.decode(payload).ok());
    let Some(claims) = claims.and_then(|json| serde_json::from_slice::<Claims>(&json).ok()) else { return false };
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |passed| passed.as_secs_f64());
    claims.exp.map_or(claims.iss.as_deref() == Some(UNLIMITED), |ends| ends > now)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_counts_until_it_expires() {
        let token = |claims: &str| format!("eyJhbGciOiJIUzI1NiJ9.{}.c2lnbmF0dXJl", URL_SAFE_NO_PAD.encode(claims));
        for (claims, is_valid) in [
            (r#"{"sub":"1234567890","name":"John Doe","iat":1516239022}"#, false),
            (r#"{"exp":1516239022}"#, false),
            (r#"{"exp":99999999999}"#, true),
            (r#"{"exp":99999999999.5}"#, true),
            (r#"{"exp":"99999999999"}"#, false),
            (r#"{"iss":"kubernetes/serviceaccount","sub":"system:serviceaccount:a:b"}"#, true),
            ("{", false),
        ] {
            assert_eq!(is_valid_now(token(claims).as_bytes()), is_valid, "{claims}");
        }
        assert!(!is_valid_now(b"eyJ"));
    }
}
