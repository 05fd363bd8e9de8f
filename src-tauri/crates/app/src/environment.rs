//! The environment, as far as libraries would read it behind our backs.

/// What hf-hub takes from the environment whatever it is told. Address and token are the settings' business alone.
const OF_HF_HUB: &[&str] =
    &["HF_TOKEN", "HUGGING_FACE_HUB_TOKEN", "HF_TOKEN_PATH", "HF_ENDPOINT", "HF_HOME", "HF_HUB_USER_AGENT_ORIGIN"];

/// Takes a face's process out of reach of what stands in its environment for others. The first thing in `main`.
///
/// # Errors
/// A sentence; nothing is changed then.
pub fn forget_environment() -> Result<(), String> {
    walls::forget_environment(OF_HF_HUB, &[("HF_HUB_DISABLE_IMPLICIT_TOKEN", "1")]).map_err(|error| error.to_string())
}
