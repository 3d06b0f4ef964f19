//! ONNX Runtime: its library, sessions that threads share, and the folders in which models come.
//!
//! On a CPU one text a run and one thread a run, as many runs at once as threads, is as fast as any batch; there is no
//! padding, and what a model says of a text depends on that text alone (dynamic quantization shares one scale among all texts of a batch).

mod external;
pub(crate) mod folder;
pub mod library;
mod runs;
mod runtime;
mod session;
mod weights;

pub(crate) use runs::{Runs, joined};
pub(crate) use runtime::load;
pub(crate) use session::SharedSession;
pub(crate) use weights::weights;
