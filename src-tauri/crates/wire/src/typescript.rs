//! The TypeScript side of the contract, as one file.

use std::collections::BTreeMap;

use ts_rs::{Config, TS, TypeVisitor};

use crate::{EventBatch, Failure, commands};

#[derive(Default)]
struct Declarations {
    found: BTreeMap<String, String>,
    config: Config,
}

impl TypeVisitor for Declarations {
    fn visit<T: TS + 'static + ?Sized>(&mut self) {
        let name = T::ident(&self.config);
        if T::output_path().is_none() || self.found.contains_key(&name) {
            T::visit_generics(self);
            return;
        }
        let docs = T::docs().unwrap_or_default();
        self.found.insert(name, format!("{docs}export {}\n", T::decl(&self.config)));
        T::visit_dependencies(self);
        T::visit_generics(self);
    }
}

/// The whole file: a type for each value, and `Commands`, which maps a command's name to its arguments and value.
#[must_use]
pub fn typescript() -> String {
    let config = Config::default();
    let mut declarations = Declarations::default();
    declarations.visit::<EventBatch>();
    declarations.visit::<Failure>();
    commands::visit_door(&mut declarations);
    commands::visit_core(&mut declarations);
    let mut text = String::from("// Generated from src-tauri/crates/wire by `./dev types`. Do not edit.\n\n");
    for declaration in declarations.found.values() {
        text.push_str(declaration);
        text.push('\n');
    }
    text.push_str("/** Each command's arguments and value. */\nexport interface Commands {\n");
    for (name, docs, args, value) in
        commands::door_signatures(&config).into_iter().chain(commands::core_signatures(&config))
    {
        text.push_str(&format!("  /** {docs} */\n  {name}: {{ args: {args}; value: {value} }};\n"));
    }
    text.push_str("}\n");
    text
}
