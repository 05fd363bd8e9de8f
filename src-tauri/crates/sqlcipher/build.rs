//! Compiles SQLCipher and its ciphers from source into the static library `sqlcipher` that libsqlite3-sys asks for.

fn main() {
    let source = sqlcipher_src::source_dir();
    let mut build = cc::Build::new();
    build
        .include(source)
        .include(source.join(sqlcipher_src::LIBTOMCRYPT_INCLUDE_DIR))
        .file(source.join(sqlcipher_src::SOURCE_FILE))
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
