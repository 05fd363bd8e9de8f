# What we promise of speed, measured: a release build, on models with random weights that are made on the spot. Ratios
# count, absolute figures belong to the machine. Nothing is asserted. Sourced by `./dev bench [SHAPE]`.
shape=${1:-llama-1b}
cache=${XDG_CACHE_HOME:-$HOME/.cache}/drawbridge/bench
release=$CARGO_TARGET_DIR/release
starter=src-tauri/resources/starter-model/starter.gguf
mkdir -p "$cache"

say "Building for release"
build_ui
cargo build --quiet --release "${worker[@]}" --bins --examples
cargo build --quiet --release "${others[@]}" --bins --examples

if [ ! -f "$cache/$shape.gguf" ]; then
  say "Making a model of the shape $shape"
  install_packages python3-venv
  [ -x "$cache/venv/bin/python" ] || { python3 -m venv "$cache/venv" && "$cache/venv/bin/pip" -q install gguf==0.19.0 numpy; }
  "$cache/venv/bin/python" tests/bench/make_model.py "$shape" "$cache/$shape.part" "$starter"
  mv "$cache/$shape.part" "$cache/$shape.gguf"
fi

say "Generation: our worker against a plain loop over llama.cpp, in turns (aim: ratio of 0.98 or more)"
"$cache/venv/bin/python" tests/bench/compare.py "$release" "$cache/$shape.gguf"

say "Two turns of a chat, and the way of a token (aims: second turn over by 30 ms at most; way p50 40 ms)"
# The starter: the words of a random model are read back as other tokens, and its second turn says nothing.
"$release/turns" "$starter"

say "Stop, 20 times each while writing and while reading (aims: p95 shown 50 ms, worker free 150 ms)"
"$release/stops" "$cache/$shape.gguf"

say "A provider's answer through us against a bare client (aims: first piece +5 ms, each piece +1 ms)"
"$release/provider-latency"

say "What the measurement of this computer promises of the model's speed against what it does (aim: a ratio near 1)"
"$release/examples/estimate" "$release/drawbridge-engine" "$cache/$shape.gguf"

say "100,000 messages (aims: search p95 100 ms, longest chat 300 ms)"
for keeping in "" --encrypted; do
  folder=$(mktemp -d)
  "$release/examples/fill" "$folder" 100000 10000 $keeping
  rm -rf "$folder"
done

say "The window: start to answerable, idle memory, frames (aims: 1.5 s; p95 33 ms)"
install_packages "${debian_test_packages[@]}"
need_npm_modules tests/window
node tests/window/bench.mjs
