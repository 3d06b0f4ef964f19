//! What providers have in common whatever their models do: how a call is made and how it fails, in one language; who may call, by
//! Azure's ways and by AWS's.

#[cfg(feature = "providers")]
pub(crate) mod aws;
#[cfg(feature = "providers")]
pub(crate) mod azure;
#[cfg(feature = "providers")]
mod call;
#[cfg(feature = "providers")]
mod echo;
mod failure;
#[cfg(feature = "providers")]
mod hints;
#[cfg(feature = "providers")]
mod meaning;
#[cfg(feature = "providers")]
mod missing;
#[cfg(feature = "providers")]
pub(crate) mod openai;
#[cfg(feature = "providers")]
mod renewed;
#[cfg(feature = "providers")]
mod said;

#[cfg(all(test, feature = "providers"))]
pub(crate) use call::Classify;
#[cfg(feature = "providers")]
pub(crate) use call::{Call, FORM, WANTS_TLS};
#[cfg(feature = "providers")]
pub(crate) use echo::Asked;
pub use failure::Failure;
#[cfg(feature = "providers")]
pub(crate) use hints::Hints;
#[cfg(feature = "providers")]
pub(crate) use meaning::Meaning;
#[cfg(feature = "providers")]
pub(crate) use missing::missing;
#[cfg(feature = "providers")]
pub(crate) use renewed::{Renewed, Source};
#[cfg(feature = "aws-metadata")]
pub(crate) use said::element;
#[cfg(feature = "providers")]
pub(crate) use said::{Said, by_status, exception, machine_word};
