//! Memory that was used for a while.

/// Gives back to the system what is free. Where much was read, the allocator of glibc keeps free memory between what is still
/// held, and the process looks twice as large as it is; others see to that by themselves.
pub fn give_back() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    // SAFETY: `malloc_trim` takes a number, touches nothing but memory that is free, and may be called by any thread at any time.
    unsafe {
        libc::malloc_trim(0);
    }
}
