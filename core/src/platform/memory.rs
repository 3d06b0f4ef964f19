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

/// Has the process return large pieces of memory as soon as they are free, whatever thread freed them. For a program, at its start: it holds for
/// all of the process, so that a library leaves it to its host.
///
/// The allocator of glibc takes pieces from 128 KiB on straight from the system and returns them at once, until it has seen larger ones: then it
/// keeps up to 64 MB free in each of its arenas. Fixing that threshold where it begins takes 40 MB off an open corpus of 100,000 chunks.
pub fn return_memory_at_once() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    // SAFETY: `mallopt` takes two numbers and touches nothing but the allocator's own settings; it may be called at any time.
    unsafe {
        libc::mallopt(libc::M_MMAP_THRESHOLD, 128 << 10);
    }
}
