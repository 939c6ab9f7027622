//! Keys with a known format, from the documentation of their issuers. Each begins with a fixed text, with which it is
//! found; then an expression decides.
use super::json_web_token;
use regex::bytes::{Regex, RegexBuilder};

pub struct Pattern {
    pub kind: &'static str,
    /// Fixed texts at the beginning.
    pub beginnings: &'static [&'static str],
    pub expression: Regex,
    /// Also matches within a longer word.
    pub is_anywhere: bool,
    /// Whether a match is a secret.
    pub is_secret: fn(&[u8]) -> bool,
}

/// Longer than any match of the expressions.
pub const LONGEST_BYTES: usize = 4096;

type Row = (&'static str, &'static [&'static str], &'static str);

const WORDS: &[Row] = &[
    ("AWS access key ID", &["AKIA", "ASIA"], "A[KS]IA[A-Z2-7]{16}"),
    ("GitHub token", &["ghp_", "gho_", "ghu_", "ghr_"], "gh[pour]_[A-Za-z0-9]{36,251}"),
    // Those of apps may contain a JSON Web Token.
    ("GitHub token", &["ghs_"], "ghs_[A-Za-z0-9_.-]{36,1000}"),
    ("GitHub token", &["github_pat_"], "github_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59}"),
    (
        "GitLab token",
        &[
            "glpat-", "gldt-", "glrt-", "glrtr-", "glptt-", "glcbt-", "glft-", "glimt-", "glagent-", "gloas-", "glsoat-",
            "glffct-", "glwt-",
        ],
        "gl(?:pat|dt|rtr?|ptt|cbt|ft|imt|agent|oas|soat|ffct|wt)-[A-Za-z0-9_-]{20,300}",
    ),
    ("GitLab token", &["GR1348941"], "GR1348941[A-Za-z0-9_-]{20,50}"),
    ("npm token", &["npm_"], "npm_[A-Za-z0-9]{36}"),
    ("PyPI token", &["pypi-AgE"], "pypi-AgE(?:IcHlwaS5vcmc|NdGVzdC5weXBpLm9yZw)[A-Za-z0-9_-]{50,200}"),
    ("RubyGems token", &["rubygems_"], "rubygems_[a-f0-9]{48}"),
    ("crates.io token", &["cio"], "cio[A-Za-z0-9]{32}"),
    ("Docker Hub token", &["dckr_pat_", "dckr_oat_"], "dckr_[po]at_[A-Za-z0-9_-]{27,32}"),
    ("Slack token", &["xoxb-", "xoxp-", "xoxa-", "xoxr-", "xoxs-"], "xox[bpars]-[0-9]{10,13}-[A-Za-z0-9-]{20,200}"),
    ("Slack token", &["xapp-"], "xapp-[0-9]-[A-Z0-9]{9,12}-[0-9]{10,13}-[a-f0-9]{64}"),
    ("Slack token", &["xoxe-", "xoxe."], r"xoxe(?:\.xox[bp])?-1-[A-Za-z0-9]{100,300}"),
    ("Google API key", &["AIza"], "AIza[A-Za-z0-9_-]{35}"),
    ("Google OAuth client secret", &["GOCSPX-"], "GOCSPX-[A-Za-z0-9_-]{28}"),
    ("Stripe key", &["sk_live_", "rk_live_"], "[rs]k_live_[A-Za-z0-9]{24,200}"),
    ("Stripe webhook secret", &["whsec_"], "whsec_[A-Za-z0-9+/]{32,200}"),
    ("SendGrid key", &["SG."], r"SG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}"),
    ("DigitalOcean token", &["dop_v1_"], "dop_v1_[a-f0-9]{64}"),
    ("HashiCorp Vault token", &["hvs.", "hvb."], r"hv[sb]\.[A-Za-z0-9_-]{24,300}"),
    ("Atlassian token", &["ATATT3xFfGF0"], "ATATT3xFfGF0[A-Za-z0-9_=-]{150,250}"),
    ("Artifactory token", &["AKCp"], "AKCp[A-Za-z0-9]{65,75}"),
    ("Artifactory token", &["cmVmdGtu"], "cmVmdGtu[A-Za-z0-9]{56}"),
    ("Databricks token", &["dapi"], "dapi[a-f0-9]{32}"),
    ("Grafana token", &["glsa_"], "glsa_[A-Za-z0-9]{32}_[a-f0-9]{8}"),
    ("Pulumi token", &["pul-"], "pul-[a-f0-9]{40}"),
    ("Shopify token", &["shpat_", "shpca_", "shppa_", "shpss_"], "shp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}"),
    ("Tailscale key", &["tskey-"], "tskey-[a-z]{3,9}-[A-Za-z0-9]{10,20}-[A-Za-z0-9]{20,40}"),
    ("age key", &["AGE-SECRET-KEY-1"], "AGE-SECRET-KEY-1[02-9AC-HJ-NP-Z]{58}"),
    ("Hugging Face token", &["hf_"], "hf_[A-Za-z]{34}"),
    ("Anthropic key", &["sk-ant-"], "sk-ant-[a-z0-9]{2,10}-[A-Za-z0-9_-]{60,200}"),
    ("OpenAI key", &["sk-proj-", "sk-svcacct-", "sk-admin-"], "sk-(?:proj|svcacct|admin)-[A-Za-z0-9_-]{40,200}"),
    ("xAI key", &["xai-"], "xai-[A-Za-z0-9]{80}"),
    ("Groq key", &["gsk_"], "gsk_[A-Za-z0-9]{52}"),
    ("Replicate token", &["r8_"], "r8_[A-Za-z0-9]{37}"),
    ("Bitbucket app password", &["ATBB"], "ATBB[A-Za-z0-9]{32}"),
    ("Atlassian token", &["ATCTT3xFfGN0"], "ATCTT3xFfGN0[A-Za-z0-9_=-]{150,250}"),
    ("Bedrock key", &["ABSKQmVkcm9ja0FQSUtleS"], "ABSKQmVkcm9ja0FQSUtleS[A-Za-z0-9+/=]{40,200}"),
    ("Postman key", &["PMAK-"], "PMAK-[a-f0-9]{24}-[a-f0-9]{34}"),
    ("New Relic key", &["NRAK-"], "NRAK-[A-Z0-9]{27}"),
    ("Linear key", &["lin_api_"], "lin_api_[A-Za-z0-9]{40}"),
    ("Figma token", &["figd_"], "figd_[A-Za-z0-9_-]{40,60}"),
    ("PlanetScale token", &["pscale_tkn_", "pscale_pw_"], "pscale_(?:tkn|pw)_[A-Za-z0-9_.-]{32,64}"),
    ("Doppler token", &["dp.pt.", "dp.st."], r"dp\.(?:pt|st)\.(?:[a-z0-9_-]{2,35}\.)?[A-Za-z0-9]{40,44}"),
    ("SonarQube token", &["squ_", "sqp_", "sqa_"], "sq[upa]_[a-f0-9]{40}"),
    ("Sentry token", &["sntrys_", "sntryu_"], "sntry(?:s_[A-Za-z0-9+/=_]{60,300}|u_[a-f0-9]{64})"),
    ("NuGet key", &["oy2"], "oy2[a-z0-9]{43}"),
    ("OpenAI key", &["sk-"], "sk-[A-Za-z0-9]{20}T3BlbkFJ[A-Za-z0-9]{20}"),
];

/// Header, payload and signature.
const TOKENS: &[Row] = &[("JSON Web Token", &["eyJ"], r"eyJ[A-Za-z0-9_-]{10,300}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{20,}")];

const TEXTS: &[Row] = &[
    // With at least one line of the key: programs that read keys contain only the first line.
    (
        "private key",
        &["-----BEGIN "],
        r"-----BEGIN (?:(?:[A-Z0-9]{2,10} ){0,3}PRIVATE KEY(?: BLOCK)?|OpenVPN Static key V1)-----(?:(?:\r?\n|(?:\\{1,4}r)?\\{1,4}n)[A-Za-z0-9+/=:,.() \t\r\n\\-]{60}| [A-Za-z0-9+/]{60})",
    ),
    // As in Kubernetes secrets and kubeconfig files.
    (
        "private key",
        &["LS0tLS1CRUdJTiB"],
        "LS0tLS1CRUdJTiB(?:QUklWQVRFIEtFW|SU0EgUFJJVkFURSBLRV|FQyBQUklWQVRFIEtFW|PUEVOU1NIIFBSSVZBVEUgS0VZ|FTkNSWVBURUQgUFJJVkFURSBLRV|QR1AgUFJJVkFURSBLRV)[A-Za-z0-9+/\r\n ]{60}",
    ),
    ("private key", &["PuTTY-User-Key-File-"], r"PuTTY-User-Key-File-[123]: [a-z0-9-]{6,30}\r?\nEncryption: "),
    (
        "Slack webhook",
        &["https://hooks.slack.com/services/T"],
        "https://hooks.slack.com/services/T[A-Z0-9]{8,12}/B[A-Z0-9]{8,12}/[A-Za-z0-9]{24}",
    ),
    ("Azure storage key", &["AccountKey="], "AccountKey=[A-Za-z0-9+/]{86}=="),
    (
        "AWS secret access key",
        &["aws_secret_access_key", "AWS_SECRET_ACCESS_KEY", "SecretAccessKey", "secretAccessKey"],
        r#"(?i:aws_secret_access_key|secretaccesskey)["']?\s{0,4}[=:]\s{0,4}["']?[A-Za-z0-9/+=]{40}"#,
    ),
    // WireGuard.
    ("private key", &["PrivateKey = ", "PrivateKey="], "PrivateKey ?= ?[A-Za-z0-9+/]{43}="),
    ("Azure access key", &["SharedAccessKey="], "SharedAccessKey=[A-Za-z0-9+/]{43}="),
    ("npm registry token", &[":_authToken="], r#":_authToken=['"]?[A-Za-z0-9_+/=.-]{16,200}"#),
    ("npm registry password", &[":_auth=", ":_password="], r#":_(?:auth|password)=['"]?[A-Za-z0-9+/]{12,200}"#),
    (
        "registry login",
        &["\"auths\""],
        r#""auths"\s{0,9}:\s{0,9}\{\s{0,20}"[^"\s]{1,200}"\s{0,9}:\s{0,9}\{[^\[\]<>;`]{0,800}?"(?:auth|identitytoken|registrytoken)"\s{0,9}:\s{0,9}"[A-Za-z0-9+/._-]{12,300}"#,
    ),
    ("Google refresh token", &["\"refresh_token\""], r#""refresh_token"\s{0,9}:\s{0,9}"1//0[A-Za-z0-9_-]{40,200}"#),
    // Tests in the documentation of Debian's git name machines without a domain.
    (
        "password of a .netrc file",
        &["machine "],
        r#"machine\s{1,9}[^\s.]{1,63}\.[^\s]{1,200}\s{1,20}login\s{1,9}[^\s]{1,100}\s{1,20}password\s{1,9}[!#&(-;=?-z|}~]{8,100}"#,
    ),
    ("Terraform token", &[".atlasv1."], r"\.atlasv1\.[A-Za-z0-9_=-]{60,70}"),
    (
        "Discord webhook",
        &["https://discord.com/api/webhooks/"],
        "https://discord.com/api/webhooks/[0-9]{17,20}/[A-Za-z0-9_-]{60,80}",
    ),
    ("password in a URL", &["://"], "://[A-Za-z0-9._%+-]{0,64}:[A-Za-z0-9._~!*+%=-]{12,128}@[A-Za-z0-9]"),
];

pub fn patterns() -> Vec<Pattern> {
    let compiled = |rows: &'static [Row], is_anywhere: bool| {
        rows.iter().map(move |(kind, beginnings, text)| Pattern {
            kind,
            beginnings,
            expression: expression(text),
            is_anywhere,
            is_secret: |_| true,
        })
    };
    let token = compiled(TOKENS, false).map(|pattern| Pattern { is_secret: json_web_token::is_valid_now, ..pattern });
    compiled(WORDS, false).chain(token).chain(compiled(TEXTS, true)).collect()
}

fn expression(text: &str) -> Regex {
    RegexBuilder::new(&format!("^(?:{text})")).unicode(false).build().expect("a pattern of this table is an expression")
}

#[cfg(test)]
mod tests {
    use super::super::search::{Found, Searcher};

    fn kinds(text: &str) -> Vec<&'static str> {
        let mut kinds = Vec::new();
        let searcher = Searcher::new(&[]).unwrap();
        let searched = searcher.search((text.as_bytes(), text.len() as u64), |hit| match hit.what {
            Found::Pattern { kind, .. } => kinds.push(kind),
            Found::Value(_) => {}
        });
        assert_eq!(searched.unwrap(), text.len() as u64);
        kinds
    }

    /// Characters that could be random. Keys are composed here, so that no scanner reports this file.
    fn random(length: usize) -> String {
        "q7Zr2mXv9Kd4Tb8W".chars().cycle().take(length).collect()
    }

    #[test]
    fn keys_of_every_format_are_found() {
        let (letters, hex) = (random, |length: usize| "3f9a0c7e".chars().cycle().take(length).collect::<String>());
        for (kind, text) in [
            ("GitLab token", format!("glcbt-64_{}", letters(20))),
            ("GitLab token", format!("glpat-{}.01.0123456ab", letters(180))),
            ("Slack token", format!("xapp-1-A0123456789-1234567890123-{}", hex(64))),
            ("Google OAuth client secret", format!("GOCSPX-{}", letters(28))),
            ("Docker Hub token", format!("dckr_oat_{}", letters(32))),
            ("RubyGems token", format!("rubygems_{}", hex(48))),
            ("crates.io token", format!("cio{}", letters(32))),
            ("JSON Web Token", format!("Bearer eyJhbGciOiJIUzI1NiJ9.eyJleHAiOjk5OTk5OTk5OTk5fQ.{}", letters(43))),
            ("xAI key", format!("xai-{}", letters(80))),
            ("Groq key", format!("gsk_{}", letters(52))),
            ("Bitbucket app password", format!("ATBB{}", letters(32))),
            ("Postman key", format!("PMAK-{}-{}", hex(24), hex(34))),
            ("Linear key", format!("lin_api_{}", letters(40))),
            ("PlanetScale token", format!("pscale_tkn_{}", letters(43))),
            ("Doppler token", format!("dp.st.dev.{}", letters(43))),
            ("SonarQube token", format!("squ_{}", hex(40))),
            ("Sentry token", format!("sntryu_{}", hex(64))),
            ("OpenAI key", format!("sk-svcacct-{}", letters(120))),
            ("OpenAI key", format!("sk-{}T3BlbkFJ{}", letters(20), letters(20))),
            ("Databricks token", format!("dapi{}", hex(32))),
            ("private key", format!("tls.key: LS0tLS1CRUdJTiBSU0EgUFJJVkFURSBLRVktLS0tLQ{}", letters(60))),
            ("private key", format!("-----BEGIN PGP PRIVATE KEY BLOCK-----\nVersion: GnuPG v1 (GNU/Linux)\n\n{}", letters(64))),
            ("private key", format!("-----BEGIN OpenVPN Static key V1-----\n{}\n{}", hex(32), hex(32))),
            ("private key", format!("PrivateKey = {}=", letters(43))),
            ("private key", "PuTTY-User-Key-File-3: ssh-ed25519\r\nEncryption: none\r\n".to_owned()),
            ("registry login", format!("{{\n\t\"auths\": {{\n\t\t\"r.corp.net\": {{\n\t\t\t\"auth\": \"{}==\"", letters(20))),
            ("npm registry password", format!("//r.corp.net/:_auth={}", letters(20))),
            ("password of a .netrc file", format!("machine r.corp.net\n  login bob\n  password {}", letters(14))),
            ("password in a URL", format!("DATABASE_URL=postgres://app:{}@db:5432/app", letters(16))),
            ("password in a URL", format!("redis://:{}@cache", letters(16))),
        ] {
            assert_eq!(kinds(&text), [kind], "{text}");
        }
    }

    #[test]
    fn less_usual_forms_of_keys_are_found() {
        let letters = random;
        for (kind, text) in [
            ("GitLab token", format!("glrtr-{}", letters(20))),
            ("GitLab token", format!("GR1348941{}", letters(20))),
            ("GitHub token", format!("gho_{}", letters(80))),
            ("GitHub token", format!("ghs_123456_eyJ{}.eyJ{}.{}", letters(40), letters(200), letters(43))),
            ("PyPI token", format!("pypi-AgENdGVzdC5weXBpLm9yZw{}", letters(120))),
            ("Slack token", format!("xoxe.xoxp-1-{}", letters(160))),
            ("Slack token", format!("xoxe-1-{}", letters(146))),
            ("Stripe webhook secret", format!("whsec_{}", letters(32))),
            ("AWS secret access key", format!("{{\"SecretAccessKey\": \"{}\"", letters(40))),
            ("Google refresh token", format!("\"refresh_token\": \"1//0{}\"", letters(60))),
            ("registry login", format!("{{\"auths\":{{\"r.corp.net\":{{\"username\":\"u\",\"auth\":\"{}\"}}", letters(20))),
            ("registry login", format!("{{\"auths\":{{\"r.corp.net\":{{}},\"s\":{{\"identitytoken\":\"{}\"}}", letters(80))),
            ("private key", format!("tls.key: LS0tLS1CRUdJTiBSU0EgUFJJVkFURSBLRVktLS0tLQ{}\n{}", letters(30), letters(76))),
            ("private key", format!("-----BEGIN PRIVATE KEY----- {} {}", letters(64), letters(64))),
            ("private key", format!("-----BEGIN PRIVATE KEY-----\n\t\t{}\n\t\t{}", letters(64), letters(64))),
            ("private key", format!("-----BEGIN PRIVATE KEY-----\\\\n{}\\\\n{}", letters(64), letters(64))),
        ] {
            assert_eq!(kinds(&text), [kind], "{text}");
        }
    }

    #[test]
    fn templates_and_documentation_are_not_keys() {
        for text in [
            "machine imap login bob port imaps password bobwillknow\nmachine imap2 login bob password bobwillknow",
            "https://user:password@host/",
            "postgres://someuser:somepassword@somehost:381/db",
            "machine z login z password )\u{1}\u{2}\u{3}\u{4}\u{5}\u{6}\u{7}",
            "https://${USER}:${A_LONG_PASSWORD}@host/",
            "https://host:8080/a/b@c",
            "machine host login me password secret",
            "machine host login me password $PASSWORD_OF_HOST",
            "\"auths\": {\"r\": {}}",
            "\"auths\": {\"r\": {}}} <h2>Next</h2> {\"auth\": \"q7Zr2mXv9Kd4Tb8W\"}",
            "-----BEGIN PRIVATE KEY----- and -----END PRIVATE KEY----- are the first and the last line of such a file",
            "task-q7Zr2mXv9Kd4Tb8Wq7ZrT3BlbkFJq7Zr2mXv9Kd4Tb8Wq7Zr",
            "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tq7Zr2mXv9Kd4Tb8Wq7Zr2mXv9Kd4Tb8Wq7Zr2mXv9Kd4Tb8Wq7Zr2mXv9Kd4Tb8W",
        ] {
            assert_eq!(kinds(text), [""; 0], "{text}");
        }
    }
}
