//! What a parent arranges for a child before it starts.

use std::process::Command;

/// Makes the child die with the calling *thread* and inherit nothing but its three standard streams.
///
/// Linux: the child gets SIGKILL when the thread that spawned it ends, however it ends; spawn from a thread that
/// lives as long as the process. It does not start at all where the parent is gone already. Elsewhere nothing
/// happens, and the child must watch for the end of its standard input.
pub fn dies_with_parent(command: &mut Command) {
    #[cfg(target_os = "linux")]
    {
        use std::os::unix::process::CommandExt;
        let parent = std::process::id();
        // SAFETY: the closure runs between fork and exec and makes only async-signal-safe system calls; it neither
        // allocates nor locks.
        unsafe { command.pre_exec(move || bind_to(parent)) };
    }
    #[cfg(not(target_os = "linux"))]
    let _ = command;
}

#[cfg(target_os = "linux")]
fn bind_to(parent: u32) -> std::io::Result<()> {
    // SAFETY: prctl with these arguments reads and writes no memory of ours.
    if unsafe { libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL as libc::c_ulong, 0, 0, 0) } != 0 {
        return Err(std::io::Error::last_os_error());
    }
    // The parent may have died before the line above: then no signal will ever come.
    // SAFETY: getppid has no precondition.
    if unsafe { libc::getppid() }.cast_unsigned() != parent {
        return Err(std::io::Error::from_raw_os_error(libc::ESRCH));
    }
    // Marking, not closing: std reports a failed exec through a descriptor of its own. Best effort, Linux 5.11.
    // SAFETY: close_range touches descriptors only, and those above 2 are not used after exec.
    unsafe { libc::syscall(libc::SYS_close_range, 3, libc::c_uint::MAX, libc::CLOSE_RANGE_CLOEXEC) };
    Ok(())
}
