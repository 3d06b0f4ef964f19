//! Exact nearest neighbours in memory.
