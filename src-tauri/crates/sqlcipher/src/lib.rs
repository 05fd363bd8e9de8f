//! sqlcipher
