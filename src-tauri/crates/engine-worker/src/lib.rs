//! The worker: loads one GGUF model with llama.cpp, renders its chat template, samples and streams.
//!
//! It reads requests from stdin and writes replies to stdout (`engine-protocol`); its log goes to stderr. Three
//! threads: the first reads requests and is always free to cancel and to answer pings; the second prepares prompts
//! (template, tokens); the third owns the context and decodes for all answers at once. It ends when stdin ends. Asked to, it
//! measures the machine instead of loading a model.
//!
//! It is not a server and knows neither network, database nor policy, and after `Load` the walls see to that. It is
//! the only crate that names llama-cpp-2. `engine` starts its binary `drawbridge-engine`; nobody else needs to import
//! it. Of ours it imports `domain`, `engine-protocol`, `gguf` and `walls`.

mod answer;
mod budget;
mod cache;
mod conversation;
mod desk;
mod load;
mod log;
mod machine;
mod marks;
mod memory;
mod outbox;
mod prompt;
mod reasoning;
mod replies;
mod requests;
mod sampler;
mod scheduler;
mod serve;
mod stops;
mod template;
mod threads;
mod utf8;
mod vocabulary;
mod writing;

pub use serve::serve;
