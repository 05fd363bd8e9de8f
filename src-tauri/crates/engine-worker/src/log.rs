//! llama.cpp's log, as lines `LEVEL text` on stderr.

#![allow(unsafe_code)] // C callbacks: llama-cpp-2 wraps neither the log nor the build's description

use std::{
    ffi::{CStr, c_char, c_void},
    io::Write,
    sync::{Mutex, PoisonError},
};

static LINE: Mutex<Line> = Mutex::new(Line { level: "INFO", text: String::new(), last_error: String::new() });

struct Line {
    level: &'static str,
    text: String,
    last_error: String,
}

/// Sends llama.cpp's log to stderr from now on.
pub(crate) fn to_stderr() {
    // SAFETY: the callback lives as long as the program and takes no user data.
    unsafe { llama_cpp_sys_2::llama_log_set(Some(on_text), std::ptr::null_mut()) };
}

/// Writes a line of our own.
pub(crate) fn line(level: &str, text: &str) {
    // Nobody to tell if stderr is gone.
    let _ = writeln!(std::io::stderr(), "{level} {text}");
}

/// Reports panics from now on by their place alone: their words may hold a piece of the conversation.
pub(crate) fn panics_without_words() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map_or_else(String::new, |place| format!(" at {}:{}", place.file(), place.line()));
        line("ERROR", &format!("a panic{place}"));
    }));
}

/// The last error that llama.cpp named, and forgets it.
pub(crate) fn take_last_error() -> Option<String> {
    let mut line = LINE.lock().unwrap_or_else(PoisonError::into_inner);
    Some(std::mem::take(&mut line.last_error)).filter(|text| !text.is_empty())
}

/// llama.cpp's own words on the instruction sets it uses.
pub(crate) fn system_info() -> String {
    // SAFETY: the function returns a pointer to a static string.
    let text = unsafe { CStr::from_ptr(llama_cpp_sys_2::llama_print_system_info()) };
    text.to_string_lossy().trim().trim_end_matches('|').trim_end().to_owned()
}

unsafe extern "C" fn on_text(level: llama_cpp_sys_2::ggml_log_level, text: *const c_char, _: *mut c_void) {
    if text.is_null() {
        return;
    }
    // SAFETY: llama.cpp passes a string that ends with zero.
    let text = unsafe { CStr::from_ptr(text) }.to_string_lossy();
    let mut state = LINE.lock().unwrap_or_else(PoisonError::into_inner);
    if level != llama_cpp_sys_2::GGML_LOG_LEVEL_CONT {
        state.level = name(level);
    }
    state.text.push_str(&text);
    // A message may come in pieces or bring several lines.
    while let Some(end) = state.text.find('\n') {
        let whole: String = state.text.drain(..=end).collect();
        let whole = whole.trim_end();
        // The dots of a load's progress are said by `Loading`.
        if !whole.trim_matches('.').is_empty() && state.level != "DEBUG" {
            line(state.level, whole);
        }
        if state.level == "ERROR" {
            state.last_error = whole.to_owned();
        }
    }
}

fn name(level: llama_cpp_sys_2::ggml_log_level) -> &'static str {
    match level {
        llama_cpp_sys_2::GGML_LOG_LEVEL_ERROR => "ERROR",
        llama_cpp_sys_2::GGML_LOG_LEVEL_WARN => "WARN",
        llama_cpp_sys_2::GGML_LOG_LEVEL_DEBUG => "DEBUG",
        _ => "INFO",
    }
}
