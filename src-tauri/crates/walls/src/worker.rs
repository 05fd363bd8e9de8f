//! The worker's walls, in two steps: what never hurts at its start, the rest before the first byte of a model.

use std::path::PathBuf;

use crate::WallError;

#[cfg(target_os = "linux")]
mod calls;
#[cfg(target_os = "linux")]
mod files;

/// For the first line of the worker's `main`: no core dump (it would hold the conversation), no look into its memory
/// by other programs of the user, no new privileges, first in line when memory runs out, and deaf to Ctrl+C, which is
/// the parent's to answer. Each is best effort; off Linux only the core dump and Ctrl+C are arranged, and on Windows
/// nothing.
pub fn at_start() {
    #[cfg(target_os = "linux")]
    {
        // Raising one's own score needs no right; written before the process stops being dumpable, which would
        // hand the file to root.
        let _ = std::fs::write("/proc/self/oom_score_adj", "500");
        // SAFETY: prctl with these arguments reads and writes no memory of ours.
        unsafe {
            libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
            libc::prctl(libc::PR_SET_DUMPABLE, 0, 0, 0, 0);
        }
    }
    #[cfg(unix)]
    {
        let none = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
        // SAFETY: setrlimit reads the struct that outlives the call; ignoring a signal installs no handler.
        unsafe {
            libc::setrlimit(libc::RLIMIT_CORE, &raw const none);
            libc::signal(libc::SIGINT, libc::SIG_IGN);
        }
    }
}

/// Both walls, for good and for every thread, those to come included. Call after devices are probed and before the
/// first byte of a model is read, while no other thread is starting threads.
///
/// # Errors
/// [`WallError`]; then nothing may be read. Off Linux this succeeds and does nothing: stdin and stdout stay the only
/// way in and out that the worker uses, yet nobody holds it to that.
pub fn raise(readable: &[PathBuf]) -> Result<(), WallError> {
    raise_files(readable)?;
    raise_calls()
}

/// The wall round files: only `readable` and what the C library asks about the machine can be opened, nothing can be
/// written, executed or reached over TCP, and no process outside can be signalled. As much of it as the kernel knows
/// (Landlock, Linux 5.13 and later; TCP from 6.7, signals from 6.12); a kernel without leaves it to [`raise_calls`].
///
/// # Errors
/// [`WallError::Path`] and [`WallError::Files`].
pub fn raise_files(readable: &[PathBuf]) -> Result<(), WallError> {
    #[cfg(target_os = "linux")]
    return files::raise(readable);
    #[cfg(not(target_os = "linux"))]
    {
        let _ = readable;
        Ok(())
    }
}

/// The wall round system calls: computing, memory, threads, reading and the open descriptors are left. Everything
/// else does not exist any more (ENOSYS, so that the C library falls back where it can): sockets, programs,
/// processes, opening for writing, memory that can be executed.
///
/// # Errors
/// [`WallError::Calls`].
pub fn raise_calls() -> Result<(), WallError> {
    #[cfg(target_os = "linux")]
    return calls::raise();
    #[cfg(not(target_os = "linux"))]
    Ok(())
}
