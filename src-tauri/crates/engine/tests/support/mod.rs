//! What the engine's tests share: workers in a folder of their own, whose processes can be counted.
#![allow(dead_code)] // each test program uses its part

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use domain::{Delta, EngineError, FinishReason, LoadProgress, Model, Prompt};
use engine::{WorkerOptions, Workers};
use futures_util::StreamExt;
use rustix::process::Pid;

/// Workers of one program, started from a folder of their own.
pub(crate) struct House {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) workers: Arc<Workers>,
}

impl House {
    /// Workers of this program under this name.
    pub(crate) fn new(program: &Path, name: &str, options: WorkerOptions) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let worker = folder.path().join(name);
        std::os::unix::fs::symlink(program, &worker).unwrap();
        Self { workers: Workers::new(worker, options), folder }
    }

    /// The worker processes that are there.
    pub(crate) fn there(&self) -> Vec<Pid> {
        working_in(self.folder.path())
    }
}

/// Processes whose working folder this is. A zombie has none, so `unreaped` is asked apart.
pub(crate) fn working_in(folder: &Path) -> Vec<Pid> {
    let works_here = |process: &PathBuf| std::fs::read_link(process.join("cwd")).is_ok_and(|cwd| cwd == folder);
    let processes = std::fs::read_dir("/proc").unwrap().map(|entry| entry.unwrap().path());
    let number = |process: PathBuf| process.file_name()?.to_str()?.parse().ok().and_then(Pid::from_raw);
    processes.filter(works_here).filter_map(number).collect()
}

/// Children of this process that are dead and were not waited for.
pub(crate) fn unreaped() -> usize {
    let zombie = |process: PathBuf| {
        let stat = std::fs::read_to_string(process.join("stat")).unwrap_or_default();
        let rest: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().take(2).collect();
        rest == ["Z", &std::process::id().to_string()]
    };
    std::fs::read_dir("/proc").unwrap().filter(|entry| zombie(entry.as_ref().unwrap().path())).count()
}

/// A program that cargo put beside this one.
pub(crate) fn built(path: &str) -> PathBuf {
    let program = std::env::current_exe().unwrap().ancestors().nth(2).unwrap().join(path);
    assert!(
        program.is_file(),
        "{} is not built: `cargo build -p engine-worker` first, as ./dev test does",
        program.display()
    );
    program
}

pub(crate) fn no_progress() -> LoadProgress {
    Arc::new(|_| {})
}

/// The text of an answer and how it ended.
pub(crate) async fn whole(model: &Arc<dyn Model>, prompt: Prompt) -> (String, Result<FinishReason, EngineError>) {
    watched(model, prompt, |_| {}).await
}

/// The same, telling after each piece how many have come.
pub(crate) async fn watched(
    model: &Arc<dyn Model>,
    prompt: Prompt,
    mut each: impl FnMut(usize),
) -> (String, Result<FinishReason, EngineError>) {
    let mut stream = model.answer(prompt);
    let (mut text, mut pieces) = (String::new(), 0);
    loop {
        let end = match stream.next().await.expect("a stream ends with a finish or an error") {
            Ok(Delta::Piece { text: more, .. }) => {
                text += &more;
                pieces += 1;
                each(pieces);
                continue;
            }
            Ok(Delta::Reading { .. } | Delta::ToolCall { .. } | Delta::Spent { .. }) => continue,
            Ok(Delta::Finish { reason, .. }) => Ok(reason),
            Err(error) => Err(error),
        };
        assert!(stream.next().await.is_none(), "nothing comes after the end");
        return (text, end);
    }
}
