// The window's main paths: the built application, the real model, no network. `node tests/window/run.mjs [WORDS]` runs
// the specs whose names hold these words. Where the kernel allows it, everything runs in a network of its own that has
// no way out, so that a first answer proves what it claims.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { binary } from "./window.mjs";

const inside = "DRAWBRIDGE_WINDOW_TESTS_OFFLINE";
if (!existsSync(binary)) {
  console.error(`${binary} is missing: run \`./dev build\` first.`);
  process.exit(2);
}
if (!process.env[inside]) {
  const alone = spawnSync("unshare", ["-rn", "true"]).status === 0;
  if (!alone) console.error("# unshare -rn is not allowed here: the specs run in the machine's own network");
  const command = [process.execPath, fileURLToPath(import.meta.url), ...process.argv.slice(2)];
  const offline = ["unshare", "-rn", "sh", "-c", 'ip link set lo up && exec "$@"', "sh", ...command];
  const [program, ...args] = alone ? offline : command;
  process.exit(spawnSync(program, args, { stdio: "inherit", env: { ...process.env, [inside]: alone ? "yes" : "no" } }).status ?? 1);
}

const { run } = await import("./specs.mjs");
process.exit(await run(process.argv.slice(2).join(" "), process.env[inside] === "yes"));
