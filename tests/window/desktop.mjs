// A desktop of our own: a virtual screen, a session bus on which nothing starts by itself, a home that is thrown away.
// Every process that is started is remembered and ended.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

const BUS = `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN" "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>session</type><listen>unix:tmpdir=/tmp</listen><policy context="default">
<allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy></busconfig>`;

export class Desktop {
  /** The folder of everything that this desktop writes. */
  home = mkdtempSync(join(tmpdir(), "drawbridge-window-"));
  env = {};
  #children = [];

  static async start({ width = 1400, height = 900 } = {}) {
    const desktop = new Desktop();
    const xdg = Object.fromEntries(
      ["CONFIG", "DATA", "CACHE", "STATE"].map((kind) => [`XDG_${kind}_HOME`, join(desktop.home, kind.toLowerCase())]),
    );
    const runtime = join(desktop.home, "runtime");
    mkdirSync(runtime, { mode: 0o700 });
    const busFile = join(desktop.home, "bus.conf");
    writeFileSync(busFile, BUS);
    const inherited = Object.fromEntries(["PATH", "LANG", "LD_LIBRARY_PATH"].filter((name) => process.env[name]).map((name) => [name, process.env[name]]));
    desktop.env = { ...inherited, ...xdg, HOME: desktop.home, XDG_RUNTIME_DIR: runtime, GDK_BACKEND: "x11", LIBGL_ALWAYS_SOFTWARE: "1", NO_AT_BRIDGE: "1" };
    const screen = desktop.run("Xvfb", ["-displayfd", "1", "-screen", "0", `${width}x${height}x24`, "-nolisten", "tcp"]);
    desktop.env.DISPLAY = `:${await firstLine(screen)}`;
    const bus = desktop.run("dbus-daemon", ["--nofork", "--print-address", `--config-file=${busFile}`]);
    desktop.env.DBUS_SESSION_BUS_ADDRESS = await firstLine(bus);
    return desktop;
  }

  /** Starts a program on this desktop. Its output is kept on the child as `said`. */
  run(program, args, env = {}) {
    const child = spawn(program, args, { env: { ...this.env, ...env }, stdio: ["ignore", "pipe", "pipe"] });
    child.said = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (text) => (child.said += text));
    child.on("error", (error) => (child.said += error.message));
    this.#children.push(child);
    return child;
  }

  async stop() {
    for (const child of this.#children.reverse()) {
      if (child.exitCode === null && child.signalCode === null && child.pid) {
        child.kill("SIGKILL");
        await once(child, "exit");
      }
    }
    rmSync(this.home, { recursive: true, force: true });
  }
}

function firstLine(child) {
  return new Promise((resolve, reject) => {
    createInterface({ input: child.stdout }).once("line", (line) => resolve(line.trim()));
    child.once("exit", () => reject(new Error(`${child.spawnfile} ended: ${child.said}`)));
  });
}
