/// A digest of the generated types: requests of another version are refused.
#[rustfmt::skip]
pub const PROTOCOL_VERSION: u32 = 4068270852;
