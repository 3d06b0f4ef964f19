//! AWS: where Bedrock is, whose keys are used, and how a request is signed with them.

mod access;
mod errors;
mod profile;
mod sign;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;

pub(crate) use access::{Access, Caller};
pub(crate) use errors::{classify, explained, in_body, in_stream};

pub(crate) const PROVIDER: &str = "aws.bedrock";
