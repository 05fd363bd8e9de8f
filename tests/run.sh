# Every check and test, in the order in which failures are cheapest to find. Sourced by `./dev test`.
started=$SECONDS
step() { say "[$(((SECONDS - started) / 60)) min] $*"; }

step "Formatting"
cargo fmt --all --check

step "Interface: types, lint, unit tests, build"
npm run --silent --prefix ui check
npm run --silent --prefix ui lint
npm test --silent --prefix ui
build_ui

step "Lints"
cargo clippy "${worker[@]}" --all-targets --quiet -- -D warnings
cargo clippy "${others[@]}" --all-targets --quiet -- -D warnings

step "Generated types"
types | diff -u ui/src/generated/wire.ts - || { say "ui/src/generated/wire.ts is out of date: run ./dev types"; exit 1; }

step "Licences, sources, bans"
if cargo deny --version >/dev/null 2>&1 || cargo install --quiet --locked "cargo-deny@$cargo_deny_version"; then
  cargo deny --log-level error check licenses bans sources
else
  say "cargo-deny could not be installed"; exit 1
fi

step "Building what the tests run"
cargo build --quiet "${worker[@]}"
cargo build --quiet "${others[@]}" --bins

step "The doubles of providers against the official clients"
bash tests/clients/run.sh

step "Rust tests"
cargo nextest run "${worker[@]}"
cargo nextest run "${others[@]}"

step "Documentation"
RUSTDOCFLAGS="-D warnings" cargo doc --quiet "${worker[@]}" --no-deps
RUSTDOCFLAGS="-D warnings" cargo doc --quiet "${others[@]}" --no-deps

step "The window"
node tests/window/run.mjs

step "All green"
