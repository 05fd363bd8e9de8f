//! The environment that a process was started with, as far as libraries read it behind our backs.

use crate::WallError;

/// Removes `forget` from the process's environment and writes `set` into it, for libraries that take tokens and
/// addresses from there whatever they are told. The first thing in `main`: the environment has no lock, so it may change
/// only while nobody else can read it.
///
/// # Errors
/// [`WallError::Environment`] where another thread is there already, or where it cannot be told; nothing is changed
/// then. Windows locks its environment itself, so there it is always changed.
pub fn forget_environment(forget: &[&str], set: &[(&str, &str)]) -> Result<(), WallError> {
    match threads() {
        Some(1) => {}
        Some(count) => return Err(WallError::Environment(format!("{count} threads are running"))),
        None => return Err(WallError::Environment("the system does not say whether other threads run".to_owned())),
    }
    for name in forget {
        // SAFETY: this is the only thread, or the system locks the environment.
        unsafe { std::env::remove_var(name) };
    }
    for (name, value) in set {
        // SAFETY: as above.
        unsafe { std::env::set_var(name, value) };
    }
    Ok(())
}

/// Threads of this process.
#[cfg(target_os = "linux")]
fn threads() -> Option<usize> {
    Some(std::fs::read_dir("/proc/self/task").ok()?.count())
}

#[cfg(target_os = "macos")]
fn threads() -> Option<usize> {
    let size = libc::c_int::try_from(size_of::<libc::proc_taskinfo>()).ok()?;
    // SAFETY: the struct is plain numbers, for which zero is a value.
    let mut info: libc::proc_taskinfo = unsafe { std::mem::zeroed() };
    // SAFETY: the pointer leads to `size` bytes that are ours; getpid has no precondition.
    let filled = unsafe { libc::proc_pidinfo(libc::getpid(), libc::PROC_PIDTASKINFO, 0, (&raw mut info).cast(), size) };
    if filled == size { usize::try_from(info.pti_threadnum).ok() } else { None }
}

/// One, as far as the environment is concerned: SetEnvironmentVariable is safe from every thread.
#[cfg(windows)]
fn threads() -> Option<usize> {
    Some(1)
}
