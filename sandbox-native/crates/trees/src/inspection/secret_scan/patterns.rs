//! Keys that are known by their form, from the documentation of those who issue them. Each begins with a fixed text, by
//! which it is found; an expression then decides.
use regex::bytes::{Regex, RegexBuilder};

pub struct Pattern {
    pub kind: &'static str,
    /// Texts with which it begins.
    pub beginnings: &'static [&'static str],
    pub expression: Regex,
    /// It counts within a longer word, too.
    pub is_anywhere: bool,
}

/// Longer than what any of the expressions matches.
pub const LONGEST_BYTES: usize = 1024;

type Row = (&'static str, &'static [&'static str], &'static str);

const WORDS: &[Row] = &[
    ("AWS access key ID", &["AKIA", "ASIA"], "A[KS]IA[A-Z2-7]{16}"),
    ("GitHub token", &["ghp_", "gho_", "ghu_", "ghs_", "ghr_"], "gh[pousr]_[A-Za-z0-9]{36}"),
    ("GitHub token", &["github_pat_"], "github_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59}"),
    ("GitLab token", &["glpat-", "gldt-", "glrt-", "glptt-"], "gl(?:pat|dt|rt|ptt)-[A-Za-z0-9_-]{20,64}"),
    ("npm token", &["npm_"], "npm_[A-Za-z0-9]{36}"),
    ("PyPI token", &["pypi-AgEIcHlwaS5vcmc"], "pypi-AgEIcHlwaS5vcmc[A-Za-z0-9_-]{50,200}"),
    ("Docker Hub token", &["dckr_pat_"], "dckr_pat_[A-Za-z0-9_-]{27}"),
    ("Slack token", &["xoxb-", "xoxp-", "xoxa-", "xoxr-", "xoxs-"], "xox[bpars]-[0-9]{10,13}-[A-Za-z0-9-]{20,200}"),
    ("Google API key", &["AIza"], "AIza[A-Za-z0-9_-]{35}"),
    ("Stripe key", &["sk_live_", "rk_live_"], "[rs]k_live_[A-Za-z0-9]{24,200}"),
    ("SendGrid key", &["SG."], r"SG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}"),
    ("DigitalOcean token", &["dop_v1_"], "dop_v1_[a-f0-9]{64}"),
    ("HashiCorp Vault token", &["hvs."], r"hvs\.[A-Za-z0-9_-]{24,200}"),
    ("Hugging Face token", &["hf_"], "hf_[A-Za-z]{34}"),
    ("Anthropic key", &["sk-ant-"], "sk-ant-[a-z0-9]{2,10}-[A-Za-z0-9_-]{60,200}"),
    ("OpenAI key", &["sk-proj-"], "sk-proj-[A-Za-z0-9_-]{40,200}"),
];

const TEXTS: &[Row] = &[
    // With at least a line of the key: programs that read keys have the first line alone.
    (
        "private key",
        &["-----BEGIN "],
        r"-----BEGIN (?:[A-Z0-9]{2,10} ){0,3}PRIVATE KEY(?: BLOCK)?-----(?:\r?\n|\\r\\n|\\n)[A-Za-z0-9+/=:,. \r\n\\-]{60}",
    ),
    (
        "Slack webhook",
        &["https://hooks.slack.com/services/T"],
        "https://hooks.slack.com/services/T[A-Z0-9]{8,12}/B[A-Z0-9]{8,12}/[A-Za-z0-9]{24}",
    ),
    ("Azure storage key", &["AccountKey="], "AccountKey=[A-Za-z0-9+/]{86}=="),
    (
        "AWS secret access key",
        &["aws_secret_access_key", "AWS_SECRET_ACCESS_KEY"],
        r#"(?i:aws_secret_access_key)["']?\s{0,4}[=:]\s{0,4}["']?[A-Za-z0-9/+=]{40}"#,
    ),
    ("npm registry token", &[":_authToken="], r#":_authToken=['"]?[A-Za-z0-9_+/=.-]{16,200}"#),
];

pub fn patterns() -> Vec<Pattern> {
    let compiled = |rows: &'static [Row], is_anywhere: bool| {
        rows.iter().map(move |(kind, beginnings, text)| Pattern { kind, beginnings, expression: expression(text), is_anywhere })
    };
    compiled(WORDS, false).chain(compiled(TEXTS, true)).collect()
}

fn expression(text: &str) -> Regex {
    RegexBuilder::new(&format!("^(?:{text})")).unicode(false).build().expect("a pattern of this table is an expression")
}
