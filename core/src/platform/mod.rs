//! What depends on the operating system: locks, durable renames, rights of key files, limits of workers.
