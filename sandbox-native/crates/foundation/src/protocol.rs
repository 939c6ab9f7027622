//! Requests of another version than this are refused. The version is a digest of the protocol's types, computed by
//! test/sandbox-native/protocol-version.test.ts.
pub const PROTOCOL_VERSION: u32 = 3_341_281_447;
