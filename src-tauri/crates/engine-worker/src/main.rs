//! The worker process `drawbridge-engine`.

fn main() -> std::process::ExitCode {
    engine_worker::serve()
}
