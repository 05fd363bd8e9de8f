import { svelte } from "@sveltejs/vite-plugin-svelte";
import { fileURLToPath } from "node:url";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

export default {
  root: here("./page"),
  configFile: false,
  logLevel: "warn",
  plugins: [svelte({ configFile: here("../../svelte.config.js") })],
  build: { outDir: here("./node_modules/.page"), emptyOutDir: true, target: ["safari16.4", "chrome111"], assetsInlineLimit: 0, reportCompressedSize: false },
  worker: { format: "es" },
  preview: {
    host: "127.0.0.1",
    port: 0,
    headers: { "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; connect-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'" },
  },
};
