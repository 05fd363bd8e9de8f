//! Landlock, on every thread.

use std::{
    os::fd::{AsRawFd, OwnedFd},
    path::PathBuf,
    sync::atomic::{AtomicI32, AtomicUsize, Ordering},
    time::Duration,
};

use landlock::{
    ABI, Access, AccessFs, AccessNet, PathBeneath, PathFd, Ruleset, RulesetAttr, RulesetCreated, RulesetCreatedAttr,
    RulesetError, Scope,
};

use crate::WallError;

/// What a process that computes asks of the machine: its own state, processors, memory, the time zone.
const FOLDERS: [&str; 3] = ["/proc/self", "/sys/devices/system/cpu", "/sys/devices/system/node"];
const FILES: [&str; 6] =
    ["/dev/null", "/dev/urandom", "/proc/cpuinfo", "/proc/meminfo", "/etc/localtime", "/sys/fs/cgroup/cpu.max"];

pub(super) fn raise(readable: &[PathBuf]) -> Result<(), WallError> {
    let mut rules = create().map_err(refused)?;
    for path in readable {
        let opened = PathFd::new(path)
            .map_err(|error| WallError::Path { path: path.display().to_string(), reason: error.to_string() })?;
        rules = rules.add_rule(PathBeneath::new(opened, AccessFs::ReadFile)).map_err(refused)?;
    }
    for (paths, access) in
        [(&FOLDERS[..], AccessFs::ReadFile | AccessFs::ReadDir), (&FILES[..], AccessFs::ReadFile.into())]
    {
        // A machine that lacks one of them has nothing to read there.
        for opened in paths.iter().filter_map(|path| PathFd::new(path).ok()) {
            rules = rules.add_rule(PathBeneath::new(opened, access)).map_err(refused)?;
        }
    }
    match Option::<OwnedFd>::from(rules) {
        Some(rules) => restrict_all_threads(&rules),
        None => Ok(()), // a kernel without Landlock
    }
}

fn create() -> Result<RulesetCreated, RulesetError> {
    Ruleset::default()
        .handle_access(AccessFs::from_all(ABI::V9))?
        .handle_access(AccessNet::from_all(ABI::V9))?
        .scope(Scope::from_all(ABI::V9))?
        .create()
}

fn refused(error: RulesetError) -> WallError {
    WallError::Files(error.to_string())
}

static RULES: AtomicI32 = AtomicI32::new(-1);
static DONE: AtomicUsize = AtomicUsize::new(0);
static ERRNO: AtomicI32 = AtomicI32::new(0);

/// Landlock walls in one thread and those that it starts; the call for all threads came with Linux 7.0. So each
/// thread is interrupted by a signal and walls itself in.
fn restrict_all_threads(rules: &OwnedFd) -> Result<(), WallError> {
    RULES.store(rules.as_raw_fd(), Ordering::SeqCst);
    DONE.store(0, Ordering::SeqCst);
    ERRNO.store(0, Ordering::SeqCst);
    let signal = libc::SIGRTMIN() + 5;
    // SAFETY: a zeroed sigaction is valid; the handler is async-signal-safe and has the type that no SA_SIGINFO asks.
    unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        action.sa_sigaction = on_signal as extern "C" fn(libc::c_int) as libc::sighandler_t;
        action.sa_flags = libc::SA_RESTART;
        libc::sigaction(signal, &raw const action, std::ptr::null_mut());
    }
    let asked = signal_threads(signal)?;
    restrict_this_thread();
    let finished = (0..2_000).any(|_| {
        let all = DONE.load(Ordering::SeqCst) > asked;
        if !all {
            std::thread::sleep(Duration::from_millis(1));
        }
        all
    });
    // SAFETY: ignoring a signal installs no handler; a late one would otherwise meet a closed descriptor.
    unsafe { libc::signal(signal, libc::SIG_IGN) };
    match (finished, ERRNO.load(Ordering::SeqCst)) {
        (true, 0) => Ok(()),
        (true, errno) => Err(WallError::Files(std::io::Error::from_raw_os_error(errno).to_string())),
        (false, _) => Err(WallError::Files("a thread did not answer".into())),
    }
}

/// Signals every other thread and says how many there are.
fn signal_threads(signal: libc::c_int) -> Result<usize, WallError> {
    let failed = |error: std::io::Error| WallError::Files(format!("the threads cannot be listed: {error}"));
    // SAFETY: neither call has a precondition.
    let (process, this) = unsafe { (libc::getpid(), libc::gettid()) };
    let mut asked = 0;
    for entry in std::fs::read_dir("/proc/self/task").map_err(failed)? {
        let name = entry.map_err(failed)?.file_name();
        let Some(thread) = name.to_str().and_then(|name| name.parse::<libc::pid_t>().ok()) else { continue };
        // SAFETY: the signal has a handler by now; a thread that ended meanwhile makes the call fail.
        if thread != this && unsafe { libc::syscall(libc::SYS_tgkill, process, thread, signal) } == 0 {
            asked += 1;
        }
    }
    Ok(asked)
}

extern "C" fn on_signal(_: libc::c_int) {
    // SAFETY: errno is this thread's own; the code that was interrupted must find it as it was.
    let errno = unsafe { *libc::__errno_location() };
    restrict_this_thread();
    // SAFETY: as above.
    unsafe { *libc::__errno_location() = errno };
}

/// System calls and atomics only: it runs in a signal handler.
fn restrict_this_thread() {
    let rules = RULES.load(Ordering::SeqCst);
    // SAFETY: both calls read no memory of ours, and the descriptor is open until every thread has answered.
    let refused = unsafe {
        libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0
            || libc::syscall(libc::SYS_landlock_restrict_self, rules, 0) != 0
    };
    if refused {
        // SAFETY: errno is this thread's own.
        ERRNO.store(unsafe { *libc::__errno_location() }, Ordering::SeqCst);
    }
    DONE.fetch_add(1, Ordering::SeqCst);
}
