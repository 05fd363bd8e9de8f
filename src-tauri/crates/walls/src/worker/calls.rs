//! seccomp: a list of what is left, on every thread.

use std::collections::BTreeMap;

use seccompiler::{
    BackendError, BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter,
    SeccompRule, TargetArch,
};

use crate::WallError;

/// Calls that are left whatever their arguments: they read, wait, compute, or work on what is open already.
const LEFT: &[libc::c_long] = &[
    // descriptors that are open, and looking at files
    libc::SYS_read,
    libc::SYS_readv,
    libc::SYS_pread64,
    libc::SYS_preadv,
    libc::SYS_write,
    libc::SYS_writev,
    libc::SYS_lseek,
    libc::SYS_close,
    libc::SYS_dup,
    libc::SYS_dup3,
    libc::SYS_fcntl,
    libc::SYS_fstat,
    libc::SYS_fstatfs,
    libc::SYS_statx,
    libc::SYS_newfstatat,
    libc::SYS_statfs,
    libc::SYS_faccessat,
    libc::SYS_faccessat2,
    libc::SYS_readlinkat,
    libc::SYS_getdents64,
    libc::SYS_getcwd,
    libc::SYS_fadvise64,
    libc::SYS_readahead,
    libc::SYS_ppoll,
    libc::SYS_pselect6,
    libc::SYS_pipe2,
    libc::SYS_eventfd2,
    // memory
    libc::SYS_munmap,
    libc::SYS_mremap,
    libc::SYS_madvise,
    libc::SYS_mincore,
    libc::SYS_msync,
    libc::SYS_mlock,
    libc::SYS_mlock2,
    libc::SYS_munlock,
    libc::SYS_brk,
    libc::SYS_membarrier,
    libc::SYS_mbind,
    libc::SYS_get_mempolicy,
    libc::SYS_set_mempolicy,
    // threads and waiting
    libc::SYS_futex,
    libc::SYS_set_robust_list,
    libc::SYS_get_robust_list,
    libc::SYS_set_tid_address,
    libc::SYS_rseq,
    libc::SYS_gettid,
    libc::SYS_sched_yield,
    libc::SYS_sched_getaffinity,
    libc::SYS_sched_setaffinity,
    libc::SYS_sched_getparam,
    libc::SYS_sched_getscheduler,
    libc::SYS_sched_setscheduler,
    libc::SYS_getcpu,
    libc::SYS_getpriority,
    libc::SYS_setpriority,
    libc::SYS_nanosleep,
    libc::SYS_clock_nanosleep,
    libc::SYS_clock_gettime,
    libc::SYS_clock_getres,
    libc::SYS_gettimeofday,
    libc::SYS_restart_syscall,
    // the process itself
    libc::SYS_exit,
    libc::SYS_exit_group,
    libc::SYS_rt_sigaction,
    libc::SYS_rt_sigprocmask,
    libc::SYS_rt_sigreturn,
    libc::SYS_sigaltstack,
    libc::SYS_getpid,
    libc::SYS_getppid,
    libc::SYS_getuid,
    libc::SYS_geteuid,
    libc::SYS_getgid,
    libc::SYS_getegid,
    libc::SYS_getrusage,
    libc::SYS_getrandom,
    libc::SYS_sysinfo,
    libc::SYS_uname,
    libc::SYS_times,
];

/// The older calls that x86-64 kept and later architectures never had.
#[cfg(target_arch = "x86_64")]
const LEFT_HERE: &[libc::c_long] = &[
    libc::SYS_stat,
    libc::SYS_lstat,
    libc::SYS_access,
    libc::SYS_readlink,
    libc::SYS_poll,
    libc::SYS_select,
    libc::SYS_pipe,
    libc::SYS_dup2,
    libc::SYS_getrlimit,
    libc::SYS_time,
    libc::SYS_arch_prctl,
];
#[cfg(not(target_arch = "x86_64"))]
const LEFT_HERE: &[libc::c_long] = &[];

/// Every way of opening that can change something.
const WRITING: i32 = libc::O_ACCMODE | libc::O_CREAT | libc::O_TRUNC | libc::O_APPEND;

pub(super) fn raise() -> Result<(), WallError> {
    let program = program().map_err(|error| WallError::Calls(error.to_string()))?;
    seccompiler::apply_filter_all_threads(&program).map_err(|error| WallError::Calls(error.to_string()))
}

fn program() -> Result<BpfProgram, BackendError> {
    let mut rules: BTreeMap<i64, Vec<SeccompRule>> = BTreeMap::new();
    for call in LEFT.iter().chain(LEFT_HERE) {
        rules.insert(*call, Vec::new());
    }
    rules.insert(libc::SYS_openat, vec![when(&[without(2, WRITING)])?]);
    #[cfg(target_arch = "x86_64")]
    rules.insert(libc::SYS_open, vec![when(&[without(1, WRITING)])?]);
    // No memory that can be executed: neither new nor turned so.
    rules.insert(libc::SYS_mmap, vec![when(&[without(2, libc::PROT_EXEC)])?]);
    rules.insert(libc::SYS_mprotect, vec![when(&[without(2, libc::PROT_EXEC)])?]);
    // A thread, never a process. clone3 hides its flags in memory, so it is gone and glibc falls back to clone.
    rules.insert(libc::SYS_clone, vec![when(&[with(0, libc::CLONE_THREAD)])?]);
    // Signals to itself: abort() needs them.
    let process = std::process::id();
    for call in [libc::SYS_tgkill, libc::SYS_kill] {
        rules.insert(call, vec![when(&[equal(0, process)])?]);
    }
    // Reading a limit of its own, never setting one.
    rules.insert(libc::SYS_prlimit64, vec![SeccompRule::new(vec![quad(2, 0)?])?]);
    let names = [libc::PR_SET_NAME, libc::PR_GET_NAME];
    let named = names.iter().map(|name| when(&[equal(0, name.cast_unsigned())]));
    rules.insert(libc::SYS_prctl, named.collect::<Result<_, _>>()?);
    // "Is this a terminal?"
    rules.insert(libc::SYS_ioctl, vec![when(&[equal(1, libc::TCGETS as u32)])?]);

    let arch = TargetArch::try_from(std::env::consts::ARCH)?;
    let missing = SeccompAction::Errno(libc::ENOSYS.cast_unsigned());
    SeccompFilter::new(rules, missing, SeccompAction::Allow, arch)?.try_into()
}

/// Argument, mask, value: the argument's bits under the mask must be the value.
type Bits = (u8, u32, u32);

fn without(argument: u8, flags: i32) -> Bits {
    (argument, flags.cast_unsigned(), 0)
}

fn with(argument: u8, flags: i32) -> Bits {
    (argument, flags.cast_unsigned(), flags.cast_unsigned())
}

fn equal(argument: u8, value: u32) -> Bits {
    (argument, u32::MAX, value)
}

fn when(bits: &[Bits]) -> Result<SeccompRule, BackendError> {
    let conditions = bits.iter().map(|&(argument, mask, value)| {
        let operator = SeccompCmpOp::MaskedEq(mask.into());
        SeccompCondition::new(argument, SeccompCmpArgLen::Dword, operator, value.into())
    });
    SeccompRule::new(conditions.collect::<Result<_, _>>()?)
}

fn quad(argument: u8, value: u64) -> Result<SeccompCondition, BackendError> {
    SeccompCondition::new(argument, SeccompCmpArgLen::Qword, SeccompCmpOp::Eq, value)
}
