//! Prints the types as TypeScript, from their JSON schemas, which reflect serde's attributes.
use crate::*;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use std::path::Path;

const TYPESCRIPT: &str = "../../driver/protocol.ts";
const RUST: &str = "src/version.rs";

#[test]
fn the_types_of_the_driver_are_those_of_the_binary() {
    let (types, version) = (print_types(&definitions(), true), version());
    let files = [
        (
            TYPESCRIPT,
            format!(
                "// Generated from sandbox-native/crates/protocol by UPDATE_PROTOCOL=1 cargo test -p protocol\n\n\
                 /** A digest of the types: requests of another version are refused. */\n\
                 export const PROTOCOL_VERSION = {version}\n\n{types}"
            ),
        ),
        (
            RUST,
            format!(
                "/// A digest of the generated types: requests of another version are refused.\n\
                 #[rustfmt::skip]\n\
                 pub const PROTOCOL_VERSION: u32 = {version};\n"
            ),
        ),
    ];
    for (name, text) in files {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
        if std::env::var_os("UPDATE_PROTOCOL").is_some() {
            std::fs::write(&path, &text).expect("the file is writable");
        }
        let found = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(found == text, "{name} is out of date (run UPDATE_PROTOCOL=1 cargo test -p protocol)");
    }
}

/// A digest of the types without their comments.
fn version() -> u32 {
    let digest = Sha256::digest(print_types(&definitions(), false));
    u32::from_be_bytes([digest[0], digest[1], digest[2], digest[3]])
}

macro_rules! register {
    ($generator:expr, $($kind:ty),+) => { $($generator.subschema_for::<$kind>();)+ };
}

/// Requests may omit fields with a default; answers contain them.
fn definitions() -> Map<String, Value> {
    let mut requests = SchemaSettings::default().for_deserialize().into_generator();
    register!(requests, Envelope, AdvanceRequest, CopyRequest, ExecRequest, LimitRequest, ListFilesRequest);
    register!(
        requests, NetworkRequest, ProbeRequest, ReadFilesRequest, ReleaseRequest, RunInTreeRequest, RunRequest,
        ScanSecretsRequest, SuperviseRequest
    );
    let mut answers = SchemaSettings::default().for_serialize().into_generator();
    register!(answers, Status<Value>, CopyResult, DiffResult, DigestResult, FlattenResult, FollowBlobResult, LockResult);
    register!(answers, ListFilesResult, PackLayerResult, ProbeResult, ReadFilesResult, ReceiveBytesResult, ScanSecretsResult);
    register!(answers, UncompressResult, UnpackLayerResult, WriteLayerResult);
    let mut all = requests.take_definitions(true);
    all.extend(answers.take_definitions(true));
    name_requests(&mut all);
    all
}

/// The schema of a variant repeats the fields of a type that denies unknown fields.
fn name_requests(definitions: &mut Map<String, Value>) {
    let named: Vec<_> = definitions.iter().map(|(name, schema)| (name.clone(), schema.get("properties").cloned())).collect();
    for variant in definitions["Request"]["oneOf"].as_array_mut().expect("requests are variants") {
        let mut fields = variant["properties"].clone();
        let verb = fields.as_object_mut().and_then(|fields| fields.remove("verb"));
        if let Some((name, _)) = named.iter().find(|(_, others)| others.as_ref() == Some(&fields)) {
            *variant = json!({ "properties": { "verb": verb }, "required": ["verb"], "$ref": format!("#/$defs/{name}") });
        }
    }
}

fn print_types(definitions: &Map<String, Value>, with_comments: bool) -> String {
    let printer = Printer { with_comments };
    let types = definitions.iter().map(|(name, schema)| {
        let (comment, printed) = (printer.comment(schema, ""), printer.print(schema, ""));
        let is_interface = printed.starts_with('{') && printed.ends_with("\n}") && !printed.contains("\n} & ");
        let head = if is_interface { format!("interface {name}") } else { format!("type {name} =") };
        let space = if printed.starts_with('\n') { "" } else { " " };
        format!("{comment}export {head}{space}{printed}\n")
    });
    types.collect::<Vec<_>>().join("\n")
}

struct Printer {
    with_comments: bool,
}

impl Printer {
    fn print(&self, schema: &Value, indent: &str) -> String {
        if let Some(variants) = schema.get("oneOf").or(schema.get("anyOf")) {
            return self.union(list(variants), indent);
        }
        let name = schema.get("$ref").and_then(Value::as_str).map(|path| path.trim_start_matches("#/$defs/").to_owned());
        if let Some(name) = name {
            let fields = schema.get("properties").map(|_| self.fields(schema, indent) + " & ");
            return fields.unwrap_or_default() + &name;
        }
        if let Some(literal) = schema.get("const") {
            return quoted(literal);
        }
        if let Some(literals) = schema.get("enum") {
            return list(literals).iter().map(quoted).collect::<Vec<_>>().join(" | ");
        }
        match kind(schema) {
            Some("string") => "string".into(),
            Some("integer" | "number") => "number".into(),
            Some("boolean") => "boolean".into(),
            Some("array") => self.array(schema, indent),
            Some("object") if schema.get("properties").is_some() => self.fields(schema, indent),
            Some("object") => format!("Readonly<Record<string, {}>>", self.print(&schema["additionalProperties"], indent)),
            None => "unknown".into(),
            Some(other) => panic!("no TypeScript for the JSON type {other}"),
        }
    }

    fn union(&self, variants: &[Value], indent: &str) -> String {
        let present: Vec<_> = variants.iter().filter(|variant| kind(variant) != Some("null")).collect();
        if let [only] = present[..] {
            return self.print(only, indent);
        }
        let inner = format!("{indent}  ");
        let lines = present
            .iter()
            .map(|variant| format!("\n{}{inner}| {}", self.comment(variant, &inner), self.print(variant, &format!("{inner}  "))));
        lines.collect()
    }

    fn array(&self, schema: &Value, indent: &str) -> String {
        if let Some(items) = schema.get("prefixItems") {
            let items: Vec<_> = list(items).iter().map(|item| self.print(item, indent)).collect();
            return format!("readonly [{}]", items.join(", "));
        }
        let item = self.print(&schema["items"], indent);
        if item.contains([' ', '\n']) { format!("readonly ({item})[]") } else { format!("readonly {item}[]") }
    }

    /// The field that distinguishes a variant comes first.
    fn fields(&self, schema: &Value, indent: &str) -> String {
        let required = schema.get("required").map_or(&[][..], list);
        let inner = format!("{indent}  ");
        let line = |(name, field): (&String, &Value)| {
            let mark = if required.contains(&Value::from(name.as_str())) { "" } else { "?" };
            format!("{}{inner}readonly {name}{mark}: {}\n", self.comment(field, &inner), self.print(field, &inner))
        };
        let fields = schema["properties"].as_object().expect("an object has fields");
        if let (1, Some((name, only))) = (fields.len(), fields.iter().next())
            && only.get("const").is_some()
        {
            return format!("{{ readonly {name}: {} }}", self.print(only, indent));
        }
        let (tags, others): (Vec<_>, Vec<_>) = fields.iter().partition(|(_, field)| field.get("const").is_some());
        format!("{{\n{}{indent}}}", tags.into_iter().chain(others).map(line).collect::<String>())
    }

    fn comment(&self, schema: &Value, indent: &str) -> String {
        match schema.get("description").and_then(Value::as_str) {
            Some(text) if self.with_comments && text.contains('\n') => {
                format!("{indent}/**\n{indent} * {}\n{indent} */\n", text.replace('\n', &format!("\n{indent} * ")))
            }
            Some(text) if self.with_comments => format!("{indent}/** {text} */\n"),
            _ => String::new(),
        }
    }
}

/// The type of a value that may be absent.
fn kind(schema: &Value) -> Option<&str> {
    match schema.get("type")? {
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).find(|kind| *kind != "null"),
        single => single.as_str(),
    }
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn quoted(literal: &Value) -> String {
    format!("'{}'", literal.as_str().expect("literals are strings"))
}
