//! Keys that are asked for and good for a while: of the machine, of the container, of a role, of SSO.
//!
//! In the order of AWS's SDK for Python, which is a test's oracle. Two ways are not followed. A profile's `credential_process` runs a
//! program that a configuration file names: a server that reads documents of others runs none. A role that is taken on with another
//! profile's keys (`source_profile`) is left to `aws configure export-credentials`.

mod answer;
mod chain;
mod container;
mod machine;
mod settings;
mod sso;
mod web_identity;

pub(super) use chain::{Chosen, chosen};
pub use settings::AwsCredentials;
