//! How many threads compute: one for each physical core that this process may use. More only wait for each other.

use std::{collections::BTreeSet, fs, path::Path, thread};

const CPUS: &str = "/sys/devices/system/cpu";

/// Threads for decoding on this machine. Ask before the walls go up.
pub(crate) fn physical() -> u32 {
    let allowed = thread::available_parallelism().map_or(1, std::num::NonZero::get);
    count(&cores(Path::new(CPUS), &affinity()), allowed)
}

/// Cores, but no more than the processors that affinity and control group leave.
fn count(cores: &BTreeSet<(u32, u32)>, allowed: usize) -> u32 {
    let cores = if cores.is_empty() { allowed } else { cores.len().min(allowed) };
    u32::try_from(cores).unwrap_or(1).max(1)
}

/// The cores (package and number) of these processors, without the slow ones of a mixed processor.
fn cores(folder: &Path, processors: &[usize]) -> BTreeSet<(u32, u32)> {
    let number = |path: &Path| fs::read_to_string(path).ok()?.trim().parse::<u32>().ok();
    let of = |processor: &usize| {
        let cpu = folder.join(format!("cpu{processor}"));
        let package = number(&cpu.join("topology/physical_package_id"))?;
        let core = number(&cpu.join("topology/core_id"))?;
        // Kilohertz; equal everywhere where the system does not say.
        let top = number(&cpu.join("cpufreq/cpuinfo_max_freq")).unwrap_or(0);
        Some((top, (package, core)))
    };
    let found: Vec<_> = processors.iter().filter_map(of).collect();
    let fastest = found.iter().map(|(top, _)| *top).max().unwrap_or(0);
    // An efficiency core at two thirds of the clock would hold every batch up.
    found.into_iter().filter(|(top, _)| top * 10 >= fastest * 7).map(|(_, core)| core).collect()
}

/// The processors that this process may run on.
#[cfg(target_os = "linux")]
#[allow(unsafe_code)] // sched_getaffinity: the standard library tells only how many they are
fn affinity() -> Vec<usize> {
    // SAFETY: the set is valid when zeroed, outlives the call, and its size is passed with it.
    unsafe {
        let mut set: libc::cpu_set_t = std::mem::zeroed();
        if libc::sched_getaffinity(0, size_of::<libc::cpu_set_t>(), &raw mut set) != 0 {
            return Vec::new();
        }
        (0..libc::CPU_SETSIZE as usize).filter(|cpu| libc::CPU_ISSET(*cpu, &set)).collect()
    }
}

/// The processors that this process may run on: not told here.
#[cfg(not(target_os = "linux"))]
fn affinity() -> Vec<usize> {
    Vec::new()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn machine(cpus: &[(u32, u32, u32)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (at, (package, core, top)) in cpus.iter().enumerate() {
            let cpu = folder.path().join(format!("cpu{at}"));
            fs::create_dir_all(cpu.join("topology")).unwrap();
            fs::create_dir_all(cpu.join("cpufreq")).unwrap();
            fs::write(cpu.join("topology/physical_package_id"), format!("{package}\n")).unwrap();
            fs::write(cpu.join("topology/core_id"), format!("{core}\n")).unwrap();
            fs::write(cpu.join("cpufreq/cpuinfo_max_freq"), format!("{top}\n")).unwrap();
        }
        folder
    }

    #[test]
    fn two_threads_of_a_core_count_once() {
        let folder = machine(&[(0, 0, 4_000_000), (0, 1, 4_000_000), (0, 0, 4_000_000), (0, 1, 4_000_000)]);
        assert_eq!(count(&cores(folder.path(), &[0, 1, 2, 3]), 4), 2);
    }

    #[test]
    fn efficiency_cores_stay_out() {
        let folder = machine(&[(0, 0, 5_000_000), (0, 1, 4_800_000), (0, 2, 3_000_000), (0, 3, 3_000_000)]);
        assert_eq!(count(&cores(folder.path(), &[0, 1, 2, 3]), 4), 2);
    }

    #[test]
    fn affinity_and_control_group_are_respected() {
        let folder = machine(&[(0, 0, 1), (0, 1, 1), (0, 2, 1), (0, 3, 1)]);
        assert_eq!(count(&cores(folder.path(), &[2, 3]), 4), 2);
        assert_eq!(count(&cores(folder.path(), &[0, 1, 2, 3]), 1), 1);
        assert_eq!(count(&BTreeSet::new(), 3), 3, "a machine that tells nothing");
    }
}
