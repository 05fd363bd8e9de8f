//! Before the computer sleeps, the chats are locked where the settings ask for it: logind waits for us that long.
//! <https://systemd.io/INHIBITOR_LOCKS/>

use std::{future::Future, sync::Arc};

use app::Door;
use futures_util::StreamExt;
use zbus::{Connection, Proxy, zvariant::OwnedFd};

/// Locks before every sleep, as long as the door lives. Where there is no logind, the door notices the gap in time when
/// the computer wakes.
pub(crate) async fn watch(door: std::sync::Weak<Door>) {
    let watching = async {
        let system = Connection::system().await?;
        before_each(&system, move || {
            let door: Option<Arc<Door>> = door.upgrade();
            async move {
                if let Some(door) = door {
                    door.before_sleep().await;
                }
            }
        })
        .await
    };
    if let Err(error) = watching.await {
        tracing::debug!(%error, "nobody says when this computer is about to sleep");
    }
}

/// Does something before each sleep, and lets the computer sleep only when it is done.
async fn before_each<F: Future<Output = ()>>(bus: &Connection, act: impl Fn() -> F) -> zbus::Result<()> {
    let manager =
        Proxy::new(bus, "org.freedesktop.login1", "/org/freedesktop/login1", "org.freedesktop.login1.Manager").await?;
    let mut signals = manager.receive_signal("PrepareForSleep").await?;
    let mut held = inhibit(&manager).await;
    while let Some(signal) = signals.next().await {
        let begins: bool = signal.body().deserialize()?;
        if begins {
            act().await;
            held = None;
        } else if held.is_none() {
            held = inhibit(&manager).await;
        }
    }
    drop(held);
    Ok(())
}

/// What makes logind wait, until it is dropped; none where it does not let us.
async fn inhibit(manager: &Proxy<'_>) -> Option<OwnedFd> {
    let words = ("sleep", "Drawbridge", "The chats are locked before the computer sleeps", "delay");
    let held = manager.call("Inhibit", &words).await;
    held.inspect_err(|error| tracing::debug!(%error, "the computer does not wait for us before it sleeps")).ok()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::{
        io::{BufRead, BufReader, Read},
        os::unix::net::UnixStream,
        process::{Child, Command, Stdio},
        sync::{
            Mutex,
            atomic::{AtomicBool, Ordering},
        },
        time::Duration,
    };

    use zbus::{connection, interface, object_server::SignalEmitter};

    use super::*;

    /// A bus of the test's own.
    struct Bus(Child, String);

    impl Bus {
        #[allow(clippy::disallowed_methods)] // the test's own bus
        fn start() -> Self {
            let mut daemon = Command::new("dbus-daemon")
                .args(["--session", "--nofork", "--print-address"])
                .stdout(Stdio::piped())
                .spawn()
                .unwrap();
            let mut address = String::new();
            BufReader::new(daemon.stdout.take().unwrap()).read_line(&mut address).unwrap();
            Self(daemon, address.trim().to_owned())
        }
    }

    impl Drop for Bus {
        fn drop(&mut self) {
            let _ = self.0.kill();
            let _ = self.0.wait();
        }
    }

    /// logind, as far as it is asked: it keeps the other end of what it hands out.
    struct Logind(Arc<Mutex<Option<UnixStream>>>);

    #[interface(name = "org.freedesktop.login1.Manager")]
    impl Logind {
        fn inhibit(&self, what: &str, _who: &str, _why: &str, mode: &str) -> zbus::fdo::Result<OwnedFd> {
            assert_eq!((what, mode), ("sleep", "delay"));
            let (ours, theirs) = UnixStream::pair().unwrap();
            *self.0.lock().unwrap() = Some(ours);
            Ok(std::os::fd::OwnedFd::from(theirs).into())
        }

        #[zbus(signal)]
        async fn prepare_for_sleep(emitter: &SignalEmitter<'_>, begins: bool) -> zbus::Result<()>;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn the_computer_sleeps_only_when_it_is_locked() {
        let bus = Bus::start();
        let held = Arc::new(Mutex::new(None));
        let logind = connection::Builder::address(bus.1.as_str())
            .unwrap()
            .name("org.freedesktop.login1")
            .unwrap()
            .serve_at("/org/freedesktop/login1", Logind(held.clone()))
            .unwrap()
            .build()
            .await
            .unwrap();
        let ours = connection::Builder::address(bus.1.as_str()).unwrap().build().await.unwrap();
        let locked = Arc::new(AtomicBool::new(false));
        let lock = locked.clone();
        let watching = tokio::spawn(async move {
            let act = || async {
                tokio::time::sleep(Duration::from_millis(100)).await;
                lock.store(true, Ordering::SeqCst);
            };
            before_each(&ours, act).await
        });
        let waits = async {
            while held.lock().unwrap().is_none() {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), waits).await.unwrap();
        let emitter = SignalEmitter::new(&logind, "/org/freedesktop/login1").unwrap();
        Logind::prepare_for_sleep(&emitter, true).await.unwrap();
        let mut ours = held.lock().unwrap().take().unwrap();
        ours.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        // The end of the stream is the moment in which the computer may sleep.
        let released = tokio::task::spawn_blocking(move || ours.read(&mut [0])).await.unwrap();
        assert_eq!((released.unwrap(), locked.load(Ordering::SeqCst)), (0, true));
        watching.abort();
    }
}
