//! Tries one thing that a walled process must not do, for `tests/walls.rs`.
//!
//! `probe WALL FILE TRY`: raises `none`, `files`, `calls` or `both` (FILE stays readable), tries, and ends with 0
//! where it was possible, with 10 where it was refused, with anything else where the probe itself failed.

use std::{
    fs,
    io::{Read, Seek, SeekFrom, Write},
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    process::{Command, ExitCode},
    sync::mpsc,
};

use walls::worker;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [wall, file, attempt] = &arguments[..] else { return ExitCode::from(64) };
    worker::at_start();

    // A thread that is there before the walls are, as the worker's I/O thread is.
    let (ask, asked) = mpsc::channel::<()>();
    let older = std::thread::spawn({
        let (attempt, file) = (attempt.clone(), file.clone());
        move || asked.recv().ok().map(|()| attempted(&attempt, Path::new(&file)))
    });
    let readable = [PathBuf::from(file)];
    let raised = match wall.as_str() {
        "none" => Ok(()),
        "files" => worker::raise_files(&readable),
        "calls" => worker::raise_calls(),
        "both" => worker::raise(&readable),
        _ => return ExitCode::from(64),
    };
    if let Err(error) = raised {
        let _ = writeln!(std::io::stderr(), "{error}");
        return ExitCode::from(70);
    }
    let here = attempted(attempt, Path::new(file));
    let _ = ask.send(());
    let there = older.join().ok().flatten();
    let _ = writeln!(std::io::stderr(), "here {here:?}, in an older thread {there:?}");
    match (here, there) {
        (Ok(()), Some(Ok(()))) => ExitCode::SUCCESS,
        (Err(_), Some(Err(_))) => ExitCode::from(10),
        _ => ExitCode::from(71),
    }
}

fn attempted(attempt: &str, file: &Path) -> std::io::Result<()> {
    let beside = file.with_file_name("beside");
    match attempt {
        "read" => read_twice(file),
        "read-system" => fs::read("/proc/self/status").and(fs::read_dir("/sys/devices/system/cpu").map(drop)),
        "read-other" => fs::read(&beside).map(drop),
        "read-passwd" => fs::read("/etc/passwd").map(drop),
        "write" => fs::write(&beside, "new"),
        "create" => fs::File::create_new(beside.with_extension(format!("{:?}", std::thread::current().id()))).map(drop),
        "append" => fs::OpenOptions::new().append(true).open(file).map(drop),
        "rename" => fs::rename(&beside, beside.with_extension("moved"))
            .and_then(|()| fs::rename(beside.with_extension("moved"), &beside)),
        "tcp" => connect_tcp(),
        "udp" => socket(libc::AF_INET, libc::SOCK_DGRAM).map(drop),
        "unix" => std::os::unix::net::UnixListener::bind(
            beside.with_extension(format!("{:?}.socket", std::thread::current().id())),
        )
        .map(drop),
        "netlink" => socket(libc::AF_NETLINK, libc::SOCK_RAW).map(drop),
        "exec" => Command::new("/bin/true").status().map(drop),
        "fork" => fork(),
        "thread" => std::thread::Builder::new().name("walled".into()).spawn(|| ()).map(|thread| {
            let _ = thread.join();
        }),
        "executable-memory" => executable_memory(),
        "io-uring" => io_uring(),
        "signal-parent" => signal_parent(),
        "limit" => set_limit(),
        _ => std::process::exit(64),
    }
}

fn read_twice(file: &Path) -> std::io::Result<()> {
    let mut file = fs::File::open(file)?;
    let mut text = String::new();
    file.read_to_string(&mut text)?;
    file.seek(SeekFrom::Start(0))?;
    (file.read_to_string(&mut text)? > 0).then_some(()).ok_or_else(|| std::io::ErrorKind::UnexpectedEof.into())
}

/// Port 9 of this machine: nobody listens, so being refused by the peer is the proof that the call went through.
#[allow(clippy::disallowed_types)] // the probe that the wall is tested with
fn connect_tcp() -> std::io::Result<()> {
    match std::net::TcpStream::connect(SocketAddr::from((Ipv4Addr::LOCALHOST, 9))) {
        Err(error) if error.kind() == std::io::ErrorKind::ConnectionRefused => Ok(()),
        other => other.map(drop),
    }
}

fn succeeded(result: libc::c_long) -> std::io::Result<libc::c_long> {
    if result < 0 { Err(std::io::Error::last_os_error()) } else { Ok(result) }
}

fn socket(family: libc::c_int, kind: libc::c_int) -> std::io::Result<libc::c_long> {
    // SAFETY: socket takes no pointer.
    succeeded(unsafe { libc::socket(family, kind, 0) }.into())
}

fn fork() -> std::io::Result<()> {
    // SAFETY: the child leaves at once and touches nothing.
    match succeeded(unsafe { libc::fork() }.into())? {
        // SAFETY: _exit has no precondition.
        0 => unsafe { libc::_exit(0) },
        child => {
            // SAFETY: a null status is allowed.
            unsafe { libc::waitpid(libc::pid_t::try_from(child).unwrap_or(-1), std::ptr::null_mut(), 0) };
            Ok(())
        }
    }
}

fn executable_memory() -> std::io::Result<()> {
    let protection = libc::PROT_READ | libc::PROT_EXEC;
    // SAFETY: a new anonymous mapping that nothing uses.
    let mapped =
        unsafe { libc::mmap(std::ptr::null_mut(), 4096, protection, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS, -1, 0) };
    if mapped == libc::MAP_FAILED { Err(std::io::Error::last_os_error()) } else { Ok(()) }
}

/// Where the kernel has io_uring, a null parameter block is a bad address; a wall answers first.
fn io_uring() -> std::io::Result<()> {
    // SAFETY: the kernel checks the null pointer.
    match succeeded(unsafe { libc::syscall(libc::SYS_io_uring_setup, 1, std::ptr::null_mut::<u8>()) }) {
        Err(error) if error.raw_os_error() == Some(libc::EFAULT) => Ok(()),
        other => other.map(drop),
    }
}

fn signal_parent() -> std::io::Result<()> {
    // SAFETY: signal 0 only asks whether it could be sent.
    succeeded(unsafe { libc::kill(libc::getppid(), 0) }.into()).map(drop)
}

fn set_limit() -> std::io::Result<()> {
    let limit = libc::rlimit { rlim_cur: 1, rlim_max: 1 };
    // SAFETY: setrlimit reads the struct that outlives the call.
    succeeded(unsafe { libc::setrlimit(libc::RLIMIT_CPU, &raw const limit) }.into()).map(drop)
}
