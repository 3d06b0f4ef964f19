//! AWS: where Bedrock is, whose keys are used, and how a request is signed with them.

mod access;
mod errors;
#[cfg(feature = "aws-metadata")]
mod issued;
mod profile;
mod sign;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;

pub(crate) use access::{Access, Caller};
pub(crate) use errors::{classify, in_body, in_stream};
#[cfg(feature = "aws-metadata")]
pub use issued::AwsCredentials;

/// Where the services of a region are.
fn domain(region: &str) -> &'static str {
    if region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" }
}

/// Whether it is the name of a region, which becomes part of an address: anything else could make it another host's.
fn is_region(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
}

pub(crate) const PROVIDER: &str = "aws.bedrock";
