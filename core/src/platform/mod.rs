//! What depends on the operating system: locks, durable renames, what a folder lies on, rights of key files, limits of workers,
//! secrets of the environment.

#[cfg(feature = "onnx")]
pub mod cache;
mod disk;
mod durable;
mod lock;
mod memory;
mod place;
#[cfg(feature = "document")]
pub(crate) mod sandbox;
mod secret;
mod user;

pub use disk::{Disk, LocalDisk};
pub use durable::{FinishedFile, TouchedFolders, folder_of};
pub use lock::FileLock;
pub use memory::{give_back, return_memory_at_once};
pub use place::{Machine, Surroundings, Unfit, unfit};
pub use secret::{Secret, Variables, secret, secret_by, variables};
pub use user::{config_folder, data_folder};
