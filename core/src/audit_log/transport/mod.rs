//! What carries requests to witnesses and time stamp authorities, and with how much patience.

#[cfg(feature = "http")]
mod http;
mod patience;
#[cfg(feature = "http")]
mod proxy;
mod seam;

#[cfg(feature = "http")]
pub use http::HttpTransport;
pub use patience::AnchorOptions;
pub(super) use patience::{send_patiently, shown};
pub use seam::{Answer, Request, Transport};
