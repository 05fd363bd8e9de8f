// What /proc knows of the processes that a test started.
import { readFileSync, readdirSync, readlinkSync } from "node:fs";
import { basename } from "node:path";

const read = (path) => {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return ""; // the process has ended meanwhile
  }
};

function all() {
  return readdirSync("/proc").filter((name) => /^\d+$/.test(name)).map((name) => {
    const pid = Number(name);
    const stat = read(`/proc/${pid}/stat`);
    const [state, parent] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return { pid, state, parent: Number(parent), command: read(`/proc/${pid}/cmdline`).split("\0").filter(Boolean) };
  }).filter((one) => one.command.length > 0 && one.state !== "Z");
}

/** The window's process for a data folder. */
export function shellOf(dataFolder) {
  return all().find(({ command }) => basename(command[0]) === "drawbridge" && command.includes(dataFolder))?.pid;
}

/** The workers of a window's process. */
export function workersOf(shell) {
  return all().filter(({ parent, command }) => parent === shell && basename(command[0]) === "drawbridge-engine").map(({ pid }) => pid);
}

/** A process and all under it. */
export function familyOf(pid) {
  const everyone = all();
  const family = new Set([pid]);
  for (let before = 0; before !== family.size; ) {
    before = family.size;
    for (const one of everyone) if (family.has(one.parent)) family.add(one.pid);
  }
  return [...family];
}

export const isAlive = (pid) => all().some((one) => one.pid === pid);

/** Far ends of the internet sockets of some processes, loopback left out: empty for who is offline. */
export function farEndsOf(pids) {
  const inodes = new Set(
    pids.flatMap((pid) => {
      try {
        return readdirSync(`/proc/${pid}/fd`).map((fd) => {
          try {
            return readlinkSync(`/proc/${pid}/fd/${fd}`).match(/^socket:\[(\d+)\]$/)?.[1];
          } catch {
            return undefined;
          }
        });
      } catch {
        return [];
      }
    }),
  );
  return ["tcp", "tcp6", "udp", "udp6", "raw", "raw6"].flatMap((table) =>
    read(`/proc/${pids[0]}/net/${table}`).split("\n").slice(1).map((line) => line.trim().split(/\s+/)).filter((row) => row[9] && inodes.has(row[9]))
      .map((row) => row[2].split(":")[0]).filter((address) => !isLoopback(address)),
  );
}

// The kernel prints addresses in hexadecimal, in words of the machine's own byte order; zeros are a socket that listens.
const isLoopback = (address) => /^0+$/.test(address) || address.endsWith("7F") || address === "00000000000000000000000001000000";

/** Lets a process run for a small part of the time, so that a fast machine can be interrupted. Returns how to stop. */
export function slowDown(pidsNow, { runMs = 2, restMs = 30 } = {}) {
  let over = false;
  const signal = (name) => pidsNow().forEach((pid) => {
    try {
      process.kill(pid, name);
    } catch {
      // it has ended
    }
  });
  const rest = () => {
    if (over) return;
    signal("SIGSTOP");
    setTimeout(run, restMs);
  };
  const run = () => {
    signal("SIGCONT");
    if (!over) setTimeout(rest, runMs);
  };
  rest();
  return () => {
    over = true;
    signal("SIGCONT");
  };
}
