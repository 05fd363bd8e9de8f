//! The thread that starts workers.

use std::{
    process::{Child, Command, Stdio},
    sync::{Mutex, OnceLock, PoisonError, mpsc},
};

use std::path::Path;

type Job = Box<dyn FnOnce() + Send>;

/// Runs `job` on the one thread that may start workers: the parent-death signal fires when the *thread* that spawned
/// them ends, so it lives as long as the process does.
pub(crate) fn run(job: Job) {
    static JOBS: OnceLock<Mutex<mpsc::Sender<Job>>> = OnceLock::new();
    let jobs = JOBS.get_or_init(|| {
        let (give, take) = mpsc::channel::<Job>();
        std::thread::Builder::new()
            .name("spawner".into())
            .spawn(move || take.iter().for_each(|job| job()))
            .expect("BUG: a process that cannot start a thread cannot have come this far");
        Mutex::new(give)
    });
    let sent = jobs.lock().unwrap_or_else(PoisonError::into_inner).send(job);
    sent.expect("BUG: the spawner ends with the process");
}

/// How long threads of a worker spin for each other before they sleep, in libgomp's own unit: about 0.1 ms. Its default
/// of milliseconds makes a worker that shares its processors with others several times slower, and the others with it.
const SPIN_COUNT: &str = "10000";

/// Starts a worker in its own folder, with pipes and nothing else of ours: no descriptor, no variable.
pub(crate) fn spawn(worker: &Path) -> std::io::Result<Child> {
    let mut command = Command::new(worker);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    if let Some(folder) = worker.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        command.current_dir(folder);
    }
    #[cfg(unix)] // programs do not start on Windows without SystemRoot and its like
    command.env_clear();
    command.env("GOMP_SPINCOUNT", SPIN_COUNT);
    #[cfg(windows)]
    {
        use std::os::windows::process::CommandExt;
        const CREATE_NO_WINDOW: u32 = 0x0800_0000;
        command.creation_flags(CREATE_NO_WINDOW);
    }
    walls::child::dies_with_parent(&mut command);
    command.spawn()
}
