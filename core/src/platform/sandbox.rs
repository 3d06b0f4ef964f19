//! What a worker gives up before it reads a hostile file.

use std::time::Duration;

use crate::Result;

#[cfg(unix)]
use crate::{Error, ErrorKind};

/// Files that a worker may have open: its three pipes, and some that the runtime has.
#[cfg(unix)]
const OPEN_FILES: u64 = 32;

/// Lowers the limits of this process for good, and on Linux lets through only the system calls of a parser.
///
/// # Errors
/// `worker.sandbox` when the system refuses: the worker then reads nothing.
pub(crate) fn enter(memory_bytes: u64, time: Duration) -> Result<()> {
    #[cfg(unix)]
    limits(memory_bytes, time)?;
    #[cfg(not(unix))]
    let _ = (memory_bytes, time);
    #[cfg(target_os = "linux")]
    linux::enter()?;
    Ok(())
}

#[cfg(unix)]
fn refused(what: &str, error: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::new(ErrorKind::Environment, "worker.sandbox", format!("the worker cannot lower its own rights ({what}): {error}"))
        .with_hint("extract in this process if files are trusted")
        .with_source(error)
}

#[cfg(unix)]
fn limits(memory_bytes: u64, time: Duration) -> Result<()> {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    // One second more than the parent waits: its message is the better one.
    let cpu_seconds = time.as_secs().saturating_add(2);
    for (what, resource, most) in [
        ("processor time", Resource::Cpu, cpu_seconds),
        ("open files", Resource::Nofile, OPEN_FILES),
        ("core files", Resource::Core, 0),
        ("written files", Resource::Fsize, 0),
        // macOS takes this limit and does not keep it.
        ("memory", Resource::As, memory_bytes),
    ] {
        let old = getrlimit(resource);
        let least = |old: Option<u64>| Some(old.map_or(most, |old| old.min(most)));
        let new = Rlimit { current: least(old.current), maximum: least(old.maximum) };
        let result = setrlimit(resource, new);
        if cfg!(target_os = "linux") || !matches!(resource, Resource::As) {
            result.map_err(|error| refused(what, error))?;
        }
    }
    Ok(())
}

#[cfg(target_os = "linux")]
mod linux {
    use std::collections::BTreeMap;

    use rustix::process::{Signal, set_parent_process_death_signal};
    use seccompiler::{
        BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule, TargetArch,
        apply_filter_all_threads,
    };

    use super::{Result, refused};

    pub(super) fn enter() -> Result<()> {
        set_parent_process_death_signal(Some(Signal::KILL)).map_err(|error| refused("its parent's death", error))?;
        rustix::thread::set_no_new_privs(true).map_err(|error| refused("privileges", error))?;
        // Where the architecture has no filter, the limits above hold alone.
        let Ok(architecture) = TargetArch::try_from(std::env::consts::ARCH) else { return Ok(()) };
        let filter = |actions: Calls, otherwise: SeccompAction, matched: SeccompAction| -> Result<BpfProgram> {
            SeccompFilter::new(actions, otherwise, matched, architecture)
                .and_then(BpfProgram::try_from)
                .map_err(|error| refused("filter", error))
        };
        // Filters add up and the strictest answer counts; of two equally strict the one that was set last.
        let filters = [
            filter(allowed()?, SeccompAction::Errno(libc::EPERM as u32), SeccompAction::Allow)?,
            // The C library takes `clone` when there is no `clone3`, whose flags a filter cannot see.
            filter(all(&[libc::SYS_clone3]), SeccompAction::Allow, SeccompAction::Errno(libc::ENOSYS as u32))?,
            filter(all(FATAL), SeccompAction::Allow, SeccompAction::KillProcess)?,
        ];
        for filter in filters {
            apply_filter_all_threads(&filter).map_err(|error| refused("filter", error))?;
        }
        Ok(())
    }

    type Calls = BTreeMap<i64, Vec<SeccompRule>>;

    fn all(calls: &[i64]) -> Calls {
        calls.iter().map(|call| (*call, Vec::new())).collect()
    }

    /// What is allowed: reading and writing what is open, memory, time, threads. A new thread is, a new process is not.
    fn allowed() -> Result<Calls> {
        let mut calls = all(ALLOWED);
        let thread = libc::CLONE_THREAD as u64;
        let condition = SeccompCondition::new(0, SeccompCmpArgLen::Qword, SeccompCmpOp::MaskedEq(thread), thread)
            .and_then(|condition| SeccompRule::new(vec![condition]))
            .map_err(|error| refused("filter", error))?;
        calls.insert(libc::SYS_clone, vec![condition]);
        Ok(calls)
    }

    const ALLOWED: &[i64] = &[
        libc::SYS_read,
        libc::SYS_readv,
        libc::SYS_write,
        libc::SYS_writev,
        libc::SYS_close,
        libc::SYS_fstat,
        libc::SYS_lseek,
        libc::SYS_ppoll,
        #[cfg(target_arch = "x86_64")]
        libc::SYS_poll,
        libc::SYS_mmap,
        libc::SYS_munmap,
        libc::SYS_mremap,
        libc::SYS_mprotect,
        libc::SYS_madvise,
        libc::SYS_brk,
        libc::SYS_futex,
        libc::SYS_membarrier,
        libc::SYS_rt_sigaction,
        libc::SYS_rt_sigprocmask,
        libc::SYS_rt_sigreturn,
        libc::SYS_sigaltstack,
        libc::SYS_tgkill,
        libc::SYS_getpid,
        libc::SYS_gettid,
        libc::SYS_getrandom,
        libc::SYS_getrusage,
        libc::SYS_clock_gettime,
        libc::SYS_clock_nanosleep,
        libc::SYS_nanosleep,
        libc::SYS_sched_yield,
        libc::SYS_sched_getaffinity,
        libc::SYS_set_robust_list,
        libc::SYS_rseq,
        libc::SYS_restart_syscall,
        libc::SYS_prctl,
        libc::SYS_seccomp,
        libc::SYS_exit,
        libc::SYS_exit_group,
        // Let through to the second filter, which refuses it in the way that the C library expects.
        libc::SYS_clone3,
    ];

    /// What no parser asks for: the process is ended at once, and the parent says so.
    const FATAL: &[i64] = &[
        libc::SYS_socket,
        libc::SYS_socketpair,
        libc::SYS_connect,
        libc::SYS_bind,
        libc::SYS_listen,
        libc::SYS_accept,
        libc::SYS_accept4,
        libc::SYS_sendto,
        libc::SYS_sendmsg,
        libc::SYS_execve,
        libc::SYS_execveat,
        libc::SYS_ptrace,
        libc::SYS_process_vm_readv,
        libc::SYS_process_vm_writev,
        libc::SYS_kill,
        libc::SYS_mount,
        libc::SYS_bpf,
        libc::SYS_io_uring_setup,
        libc::SYS_userfaultfd,
        libc::SYS_perf_event_open,
        libc::SYS_keyctl,
        libc::SYS_init_module,
        libc::SYS_finit_module,
        libc::SYS_unshare,
        libc::SYS_setns,
    ];
}
