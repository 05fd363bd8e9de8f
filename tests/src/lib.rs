//! Acceptance tests of the core through its public face, and what they share.
//!
//! Binaries: `types` writes the TypeScript side of the contract; `test-bridge` serves the core to a browser.
