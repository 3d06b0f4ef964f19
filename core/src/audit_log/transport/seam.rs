use std::time::Duration;

use crate::Result;

/// Carries a request to a witness or a time stamp authority, and what is answered back. `HttpTransport` does it over HTTP.
///
/// Nothing that comes back is trusted: what it says is verified by those who asked.
pub trait Transport: Send + Sync {
    /// Posts a body, or fetches what lies at an address. Blocks, no longer than the request allows. An answer of any status is an
    /// answer; redirections are not followed.
    ///
    /// # Errors
    /// `audit.unreachable` when nothing came back in time, which is tried again; anything else is not.
    fn send(&self, request: &Request<'_>) -> Result<Answer>;
}

/// A request.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// Where to; may hold a password.
    pub url: &'a str,
    /// What is posted, with its type; without it, what lies there is fetched.
    pub content: Option<(&'static str, &'a [u8])>,
    /// A longer answer is refused.
    pub answer_bytes: u64,
    /// How long it may take until the last byte of the answer is there.
    pub timeout: Duration,
}

/// What came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The status of HTTP.
    pub status: u16,
    /// The type of the body.
    pub content_type: Option<String>,
    /// When to come back, if it says so in seconds.
    pub retry_after: Option<Duration>,
    /// The body.
    pub body: Vec<u8>,
}
