// Fails the build when what the first frame needs is more script than we allow.
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const limit = 180 * 1024;
const dist = new URL("../dist/", import.meta.url);
const manifest = JSON.parse(readFileSync(new URL(".vite/manifest.json", dist), "utf8"));

const first = new Set();
const walk = (key) => {
  if (first.has(key)) return;
  first.add(key);
  for (const next of manifest[key].imports ?? []) walk(next);
};
Object.keys(manifest).filter((key) => manifest[key].isEntry).forEach(walk);

const bytes = [...first].map((key) => gzipSync(readFileSync(new URL(manifest[key].file, dist))).length).reduce((a, b) => a + b, 0);
const kib = (n) => `${(n / 1024).toFixed(1)} KiB`;
console.log(`First load: ${kib(bytes)} of script, gzipped (limit ${kib(limit)})`);
if (bytes > limit) {
  console.error("The first load is over its budget: load something lazily, or raise the limit with a reason.");
  process.exit(1);
}
