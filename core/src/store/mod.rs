//! The seams to storage, local and in memory.
