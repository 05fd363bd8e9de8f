//! Compiles SQLCipher and its ciphers from source into the static library `sqlcipher` that libsqlite3-sys asks for.

use std::{env, fs, path::PathBuf};

/// SQLCipher frees its ciphers and its memory when the process exits, while threads of sqlx may still hold connections:
/// that ended one start in some hundreds with a segmentation fault, after everything was done. The operating system
/// takes the memory back, so these two handlers do nothing here. A version that words them differently fails to build
/// and is looked at.
const AT_EXIT: [&str; 2] = ["static void sqlcipher_atexit(void) {", "static void sqlcipher_fini(void) {"];

#[allow(clippy::disallowed_methods)] // cargo tells a build script its folder so
fn without_exit_handlers() -> PathBuf {
    let original = sqlcipher_src::source_dir().join(sqlcipher_src::SOURCE_FILE);
    let mut text = fs::read_to_string(&original).expect("BUG: the package holds its source");
    for handler in AT_EXIT {
        assert_eq!(text.matches(handler).count(), 1, "SQLCipher's exit handlers have changed: look at {handler}");
        text = text.replace(handler, &format!("{handler} return;"));
    }
    let patched = PathBuf::from(env::var_os("OUT_DIR").expect("BUG: cargo sets OUT_DIR")).join("sqlcipher.c");
    fs::write(&patched, text).expect("the build folder can be written to");
    patched
}

fn main() {
    let source = sqlcipher_src::source_dir();
    let mut build = cc::Build::new();
    build
        .include(source)
        .include(source.join(sqlcipher_src::LIBTOMCRYPT_INCLUDE_DIR))
        .file(without_exit_handlers())
        .files(sqlcipher_src::LIBTOMCRYPT_SOURCES.iter().map(|file| source.join(file)))
        // Nobody steps through it, and unoptimised ciphers make every test slow.
        .opt_level(2)
        .warnings(false);
    for name in [
        "SQLITE_HAS_CODEC",
        "SQLCIPHER_CRYPTO_LIBTOMCRYPT",
        "SQLITE_ENABLE_FTS5",
        "SQLITE_ENABLE_UNLOCK_NOTIFY",
        "SQLITE_ENABLE_COLUMN_METADATA",
        "SQLCIPHER_OMIT_DLLMAIN", // the same handler on Windows
        "LTC_SOURCE",
        "LTC_NO_TEST",
    ] {
        build.define(name, None);
    }
    for (name, value) in [
        ("SQLITE_EXTRA_INIT", "sqlcipher_extra_init"),
        ("SQLITE_EXTRA_SHUTDOWN", "sqlcipher_extra_shutdown"),
        ("SQLITE_TEMP_STORE", "2"), // nothing that a query spills reaches the disk in clear
        ("SQLITE_THREADSAFE", "1"),
        ("SQLITE_ENABLE_LOAD_EXTENSION", "1"), // libsqlite3-sys names its symbols; it stays switched off
        ("HAVE_USLEEP", "1"),
        ("HAVE_STDINT_H", "1"),
    ] {
        build.define(name, value);
    }
    build.compile("sqlcipher");
    println!("cargo:rerun-if-changed=build.rs");
}
