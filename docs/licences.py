"""Collects the licences of what Drawbridge is made of, as one text: `./dev licences` puts it in docs/licences.txt.

Rust packages come from `cargo metadata` (what the window, the command line and the worker link on Linux, macOS or
Windows), the interface's from ui/package-lock.json (what is not for development alone). A licence text that several
packages share word for word stands once.
"""

import json
import pathlib
import subprocess
from collections import defaultdict

ROOT = pathlib.Path(__file__).resolve().parent.parent
SHIPPED = {"drawbridge", "cli", "engine-worker"}
OTHERS = [
    ("llama.cpp and ggml (inside llama-cpp-sys-2)", "MIT"),
    ("SQLCipher, SQLite and LibTomCrypt (inside sqlcipher-src)", "BSD-3-Clause AND blessing AND Unlicense"),
    ("Inter typeface (inside @fontsource-variable/inter)", "OFL-1.1"),
    ("Starter model", "Apache-2.0"),
]


def rust_packages():
    text = subprocess.run(["cargo", "metadata", "--format-version=1"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    metadata = json.loads(text)
    packages = {package["id"]: package for package in metadata["packages"]}
    nodes = {node["id"]: node for node in metadata["resolve"]["nodes"]}
    ours = set(metadata["workspace_members"])
    waiting = [id for id in ours if packages[id]["name"] in SHIPPED]
    seen = set(waiting)
    while waiting:
        for dependency in nodes[waiting.pop()]["deps"]:
            linked = any(kind["kind"] is None for kind in dependency["dep_kinds"])
            if linked and dependency["pkg"] not in seen:
                seen.add(dependency["pkg"])
                waiting.append(dependency["pkg"])
    for id in seen - ours:
        package = packages[id]
        folder = pathlib.Path(package["manifest_path"]).parent
        yield f'{package["name"]} {package["version"]}', package["license"] or "see its text", folder


def npm_packages():
    lock = json.loads((ROOT / "ui/package-lock.json").read_text())
    for path, package in lock["packages"].items():
        if path and not package.get("dev") and not package.get("devOptional"):
            name = path.split("node_modules/")[-1]
            yield f'{name} {package["version"]}', package.get("license", "see its text"), ROOT / "ui" / path


def texts(folder):
    names = ("LICENSE", "LICENCE", "COPYING", "NOTICE", "UNLICENSE", "COPYRIGHT")
    for file in sorted(folder.glob("*")) if folder.is_dir() else []:
        if file.is_file() and file.name.upper().startswith(names) and file.stat().st_size < 100_000:
            yield file.read_text(errors="replace").strip()


def main():
    rows, by_text = [], defaultdict(list)
    for name, licence, folder in sorted([*rust_packages(), *npm_packages()], key=lambda row: row[0].lower()):
        rows.append((name, licence))
        for text in texts(folder):
            by_text[" ".join(text.split())].append((name, text))
    print("Drawbridge is licensed under the Apache License, Version 2.0. It is made of:\n")
    for name, licence in OTHERS + rows:
        print(f"{name}: {licence}")
    for users in by_text.values():
        print("\n" + "=" * 80)
        print("\n".join(sorted({name for name, _ in users})) + "\n")
        print(users[0][1])


main()
