#!/usr/bin/env bash
# Holds the providers' doubles against the official clients, in Python and JavaScript. The clients are installed once:
# those in Python outside the checkout, those in JavaScript beside this file.
set -euo pipefail
cd "$(dirname "$0")"

cache=${XDG_CACHE_HOME:-$HOME/.cache}/drawbridge
double=${1:-${CARGO_TARGET_DIR:-$cache/target}/debug/provider-double}
[ -x "$double" ] || { echo "$double is missing: run \`cargo build -p acceptance --bin provider-double\` first" >&2; exit 2; }

venv=$cache/clients
if ! cmp --silent requirements.txt "$venv/requirements.txt"; then
  rm -rf "$venv"
  python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet --disable-pip-version-check --requirement requirements.txt
  cp requirements.txt "$venv/"
fi
if [ ! -f node_modules/.package-lock.json ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
  npm ci --silent --no-audit --no-fund
fi

# What stands in the environment is for real providers.
clean=(env -u OPENAI_API_KEY -u OPENAI_BASE_URL -u ANTHROPIC_API_KEY -u ANTHROPIC_AUTH_TOKEN -u ANTHROPIC_BASE_URL
  -u GEMINI_API_KEY -u GOOGLE_API_KEY -u AZURE_OPENAI_API_KEY -u AZURE_OPENAI_AD_TOKEN
  -u HTTP_PROXY -u HTTPS_PROXY -u ALL_PROXY -u http_proxy -u https_proxy -u all_proxy)
echo "Python"
"${clean[@]}" "$venv/bin/python" check.py "$double"
echo "JavaScript"
"${clean[@]}" node check.mjs "$double"
