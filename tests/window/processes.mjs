// What /proc knows of the processes that a test started.
import { readFileSync, readdirSync, readlinkSync } from "node:fs";
import { basename } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

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

/** What a process has written so far, in bytes. */
const written = (pid) => Number(read(`/proc/${pid}/io`).match(/wchar: (\d+)/)?.[1] ?? Number.NaN);

/**
 * Makes workers answer piece by piece, however fast the machine is: each may run until it has written something, then
 * rests. Returns how to end it.
 */
export function slowDown(pidsNow, restMs = 30) {
  let over = false;
  const signal = (pid, name) => {
    try {
      process.kill(pid, name);
    } catch {
      // it has ended
    }
  };
  const turns = async () => {
    while (!over) {
      for (const pid of pidsNow()) {
        const before = written(pid);
        signal(pid, "SIGCONT");
        while (!over && written(pid) === before) await pause(1);
        if (!over) signal(pid, "SIGSTOP");
      }
      await pause(restMs);
    }
    pidsNow().forEach((pid) => signal(pid, "SIGCONT"));
  };
  const ended = turns();
  return () => {
    over = true;
    return ended;
  };
}
