//! How much context fits into this machine's memory.

use std::{fs, path::Path};

/// Largest context that is made unasked; more costs memory that most chats never use.
const UNASKED: u32 = 8_192;
/// Less is of no use to anybody.
const LEAST: u32 = 512;
/// For the worker itself: compute buffers, tokens, code.
const OWN_BYTES: u64 = 400 * 1024 * 1024;

/// What a context costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cost {
    /// The weights, which lie in memory as soon as the model answers.
    pub(crate) model_bytes: u64,
    /// Keys and values of one token.
    pub(crate) token_bytes: u64,
}

/// The context to make, in tokens; `asked` is the user's wish.
///
/// # Errors
/// Bytes that are missing, where not even a small context fits.
pub(crate) fn context_tokens(asked: Option<u32>, trained: u32, cost: Cost, available: Option<u64>) -> Result<u32, u64> {
    let trained = if trained == 0 { UNASKED } else { trained };
    let wanted = asked.unwrap_or(UNASKED).clamp(LEAST.min(trained), trained);
    // A machine that tells nothing is trusted.
    let Some(available) = available else { return Ok(wanted) };
    let free = available.saturating_sub(cost.model_bytes).saturating_sub(OWN_BYTES);
    let fits = u32::try_from(free / cost.token_bytes.max(1)).unwrap_or(u32::MAX);
    match asked {
        Some(_) if fits >= wanted => Ok(wanted),
        None if fits >= LEAST.min(wanted) => Ok(wanted.min((fits / 256 * 256).max(LEAST.min(wanted)))),
        // Weights are mapped from disk, so a model somewhat larger than memory still runs, slowly: a small context
        // is not refused for it.
        None if cost.token_bytes * u64::from(LEAST) < available / 4 => Ok(wanted.min(2_048)),
        _ => Err(cost.token_bytes.saturating_mul(wanted.into()) + cost.model_bytes + OWN_BYTES - available),
    }
}

/// Bytes that this process may still take, by the system and by its control group. Ask before the walls go up.
pub(crate) fn available() -> Option<u64> {
    let system = fs::read_to_string("/proc/meminfo").ok().and_then(|text| meminfo_available(&text));
    let group = fs::read_to_string("/proc/self/cgroup").ok().and_then(|text| group_available(&text));
    system.into_iter().chain(group).min()
}

fn meminfo_available(text: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    Some(line.trim().trim_end_matches("kB").trim().parse::<u64>().ok()? * 1024)
}

/// Version 2 of control groups; what is cached does not count as taken.
fn group_available(cgroup: &str) -> Option<u64> {
    let path = cgroup.lines().find_map(|line| line.strip_prefix("0::"))?;
    let mut folder = Path::new("/sys/fs/cgroup").join(path.trim_start_matches('/'));
    let mut least = None;
    while folder.starts_with("/sys/fs/cgroup") {
        let number = |name: &str| fs::read_to_string(folder.join(name)).ok()?.trim().parse::<u64>().ok();
        if let (Some(limit), Some(taken)) = (number("memory.max"), number("memory.current")) {
            let stat = fs::read_to_string(folder.join("memory.stat")).unwrap_or_default();
            let cached = stat.lines().find_map(|line| line.strip_prefix("inactive_file ")?.trim().parse::<u64>().ok());
            let free = limit.saturating_sub(taken.saturating_sub(cached.unwrap_or(0)));
            least = Some(least.map_or(free, |least: u64| least.min(free)));
        }
        folder.pop();
    }
    least
}

#[cfg(test)]
mod tests {
    use super::*;

    const GIB: u64 = 1 << 30;
    const LLAMA_8B: Cost = Cost { model_bytes: 5 * GIB, token_bytes: 128 * 1024 };

    #[test]
    fn a_context_is_the_model_s_own_within_memory() {
        assert_eq!(context_tokens(None, 2_048, LLAMA_8B, Some(32 * GIB)), Ok(2_048));
        assert_eq!(context_tokens(None, 131_072, LLAMA_8B, Some(32 * GIB)), Ok(8_192));
        assert_eq!(context_tokens(None, 131_072, LLAMA_8B, Some(6 * GIB)), Ok(4_864));
        assert_eq!(context_tokens(None, 131_072, LLAMA_8B, None), Ok(8_192));
    }

    #[test]
    fn a_model_larger_than_memory_still_gets_a_small_context() {
        assert_eq!(context_tokens(None, 131_072, LLAMA_8B, Some(4 * GIB)), Ok(2_048));
        assert!(context_tokens(None, 131_072, LLAMA_8B, Some(GIB / 8)).is_err());
    }

    #[test]
    fn a_wish_is_met_or_refused_and_never_beyond_the_training() {
        assert_eq!(context_tokens(Some(16_384), 131_072, LLAMA_8B, Some(32 * GIB)), Ok(16_384));
        assert_eq!(context_tokens(Some(200_000), 131_072, LLAMA_8B, Some(64 * GIB)), Ok(131_072));
        assert!(context_tokens(Some(65_536), 131_072, LLAMA_8B, Some(8 * GIB)).is_err());
        assert_eq!(context_tokens(Some(1), 131_072, LLAMA_8B, Some(32 * GIB)), Ok(512));
    }

    #[test]
    fn meminfo_is_in_kibibytes() {
        assert_eq!(meminfo_available("MemTotal: 9 kB\nMemAvailable:    2048 kB\n"), Some(2 * 1024 * 1024));
    }
}
