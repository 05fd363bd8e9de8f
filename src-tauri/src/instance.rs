//! One window a data folder. A lock file decides, not the session bus: it holds under `sudo`, without a bus, and dies
//! with its process. Whoever finds it held asks the first window to come to the front and leaves.
//!
//! The request goes through a Unix socket in the data folder, which only its owner can enter. Elsewhere, and where the
//! folder's path is too long for a socket, a second start says in words that the window is open already.

use std::{io, path::Path, sync::Mutex};

use store::WindowLock;
use wire::Failure;

/// Who this process is for its data folder.
pub(crate) enum Instance {
    /// The first; it keeps the lock as long as it lives.
    First(WindowLock),
    /// Another window has the folder open.
    Second {
        /// It was told to come to the front.
        told: bool,
    },
}

/// Takes the window's lock of a data folder, or tells its holder.
///
/// # Errors
/// The folder cannot be made or written to.
pub(crate) fn claim(data_folder: &Path) -> io::Result<Instance> {
    match store::lock_window(data_folder)? {
        Some(lock) => Ok(Instance::First(lock)),
        None => Ok(Instance::Second { told: tell(data_folder) }),
    }
}

/// Takes the lock where it is not held yet: a folder that could not be used may be usable now.
///
/// # Errors
/// It still cannot, or another window has it meanwhile.
pub(crate) fn hold(data_folder: &Path, lock: &Mutex<Option<WindowLock>>) -> Result<(), Failure> {
    let mut lock = lock.lock().expect("BUG: nothing panics while it holds the lock");
    if lock.is_some() {
        return Ok(());
    }
    *lock = store::lock_window(data_folder).map_err(|error| {
        Failure::unexpected(format!(
            "The data folder {} cannot be used: {error}. Nothing was changed. Check that the folder is yours and that \
             its disk can be written to.",
            data_folder.display()
        ))
    })?;
    let taken = || Failure::StoreInUse { message: "Another Drawbridge window has these chats open.".to_owned() };
    if lock.is_some() { Ok(()) } else { Err(taken()) }
}

#[cfg(unix)]
const SOCKET: &str = "window.sock";

/// Calls `come` each time that a second start asks, as long as the process lives.
#[cfg(unix)]
pub(crate) fn listen(data_folder: &Path, come: impl Fn() + Send + 'static) {
    let path = data_folder.join(SOCKET);
    // Under our lock a socket that lies here is a dead process's.
    let _ = std::fs::remove_file(&path);
    match std::os::unix::net::UnixListener::bind(&path) {
        Ok(listener) => {
            std::thread::spawn(move || listener.incoming().flatten().for_each(|_| come()));
        }
        Err(error) => tracing::warn!(%error, "a second start will not be able to bring the window to the front"),
    }
}

#[cfg(unix)]
fn tell(data_folder: &Path) -> bool {
    std::os::unix::net::UnixStream::connect(data_folder.join(SOCKET)).is_ok()
}

#[cfg(not(unix))]
pub(crate) fn listen(_: &Path, _: impl Fn() + Send + 'static) {}

#[cfg(not(unix))]
fn tell(_: &Path) -> bool {
    false
}

#[cfg(all(test, unix))]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_second_start_is_told_of_and_tells_the_first() {
        let folder = tempfile::tempdir().unwrap();
        let Instance::First(lock) = claim(folder.path()).unwrap() else { panic!("the folder was free") };
        assert!(matches!(claim(folder.path()).unwrap(), Instance::Second { told: false }), "nobody listens yet");

        let (asked, times) = std::sync::mpsc::channel();
        listen(folder.path(), move || asked.send(()).unwrap());
        assert!(matches!(claim(folder.path()).unwrap(), Instance::Second { told: true }));
        times.recv().unwrap();

        drop(lock);
        assert!(matches!(claim(folder.path()).unwrap(), Instance::First(_)), "a socket left behind is no window");
    }

    #[test]
    fn a_folder_that_can_be_used_again_is_taken() {
        let folder = tempfile::tempdir().unwrap();
        let nowhere = folder.path().join("a file");
        std::fs::write(&nowhere, "").unwrap();
        let lock = Mutex::new(None);
        assert!(matches!(hold(&nowhere, &lock), Err(Failure::Unexpected { .. })));
        std::fs::remove_file(&nowhere).unwrap();
        hold(&nowhere, &lock).unwrap();
        hold(&nowhere, &lock).unwrap();
        assert!(matches!(hold(&nowhere, &Mutex::new(None)), Err(Failure::StoreInUse { .. })), "held by the first");
    }
}
