//! This computer, as far as the system tells.

use std::path::Path;

use domain::Machine;
use sysinfo::{CGroupLimits, CpuRefreshKind, MemoryRefreshKind, ProcessRefreshKind, ProcessesToUpdate, System};

use crate::disk;

/// Looks at this computer: processor, memory (a container's limit counts), free space where `models_folder` is or will
/// be. Devices and speed are not looked at: a worker measures them. What the system does not tell is 0 or empty.
#[must_use]
pub fn probe(models_folder: &Path) -> Machine {
    let mut machine = Machine {
        processor: String::new(),
        cores: 1,
        memory_bytes: 0,
        available_bytes: 0,
        devices: Vec::new(),
        disk_free_bytes: models_folder.ancestors().find_map(|folder| disk::free_bytes(folder).ok()).unwrap_or(0),
        speed: None,
        measured_at: None,
    };
    let mut system = System::new();
    system.refresh_cpu_list(CpuRefreshKind::nothing());
    system.refresh_memory_specifics(MemoryRefreshKind::nothing().with_ram());
    machine.processor = system.cpus().first().map(|cpu| cpu.brand().trim().to_owned()).unwrap_or_default();
    let cores = System::physical_core_count().unwrap_or_else(|| system.cpus().len());
    machine.cores = u32::try_from(cores).unwrap_or(u32::MAX).max(1);
    let whole = Memory { total: system.total_memory(), available: system.available_memory() };
    let memory = limits(&mut system).iter().fold(whole, Memory::within);
    machine.memory_bytes = memory.total;
    machine.available_bytes = memory.available;
    machine
}

/// The limits of the container, if we are in one, and of our own control group.
fn limits(system: &mut System) -> Vec<CGroupLimits> {
    let own = sysinfo::get_current_pid().ok().and_then(|pid| {
        system.refresh_processes_specifics(ProcessesToUpdate::Some(&[pid]), false, ProcessRefreshKind::nothing());
        system.process(pid)?.cgroup_limits()
    });
    system.cgroup_limits().into_iter().chain(own).collect()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Memory {
    total: u64,
    available: u64,
}

impl Memory {
    /// What a group with these limits has of it. What the group's programs hold for themselves is taken; its file cache
    /// is not, because it gives way.
    fn within(self, limits: &CGroupLimits) -> Self {
        match limits.total_memory {
            // A group without memory has no limit that could be read.
            0 => self,
            total => {
                Self { total: self.total.min(total), available: self.available.min(total.saturating_sub(limits.rss)) }
            }
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use domain::MachineSpeed;

    use super::*;

    /// A computer with this much memory, in GiB, that nobody has measured.
    pub(crate) fn machine(total_gib: u64, available_gib: u64) -> Machine {
        Machine {
            processor: "Test".into(),
            cores: 8,
            memory_bytes: total_gib << 30,
            available_bytes: available_gib << 30,
            devices: Vec::new(),
            disk_free_bytes: 1 << 40,
            speed: None,
            measured_at: None,
        }
    }

    /// Measured as a common laptop: 40 GB/s, 0.5 TFLOP/s.
    pub(crate) fn measured(machine: Machine) -> Machine {
        let speed = MachineSpeed { generation_bytes_per_second: 40e9, prompt_flops: 5e11, threads: 8 };
        Machine { speed: Some(speed), ..machine }
    }

    #[test]
    fn this_computer_has_memory_and_a_disk() {
        let folder = tempfile::tempdir().unwrap_or_else(|error| panic!("{error}"));
        let machine = probe(&folder.path().join("not/made/yet"));
        assert!(machine.memory_bytes > 1 << 28, "{machine:?}");
        assert!((1..=machine.memory_bytes).contains(&machine.available_bytes), "{machine:?}");
        assert!(machine.disk_free_bytes > 0 && machine.cores > 0, "{machine:?}");
        assert!(machine.speed.is_none() && machine.devices.is_empty());
    }

    #[test]
    fn a_limit_counts_and_file_cache_does_not() {
        let whole = Memory { total: 16, available: 12 };
        let limits = |total_memory, rss| CGroupLimits { total_memory, free_memory: 1, free_swap: 0, rss };
        assert_eq!(whole.within(&limits(8, 3)), Memory { total: 8, available: 5 });
        assert_eq!(whole.within(&limits(16, 1)), whole);
        assert_eq!(whole.within(&limits(8, 9)), Memory { total: 8, available: 0 });
        assert_eq!(whole.within(&limits(0, 0)), whole);
    }
}
