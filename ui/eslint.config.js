import js from "@eslint/js";
import svelte from "eslint-plugin-svelte";
import globals from "globals";
import ts from "typescript-eslint";
import svelteConfig from "./svelte.config.js";

const backendOnly = "Talk to the core through the Backend interface (src/backend).";

export default ts.config(
  { ignores: ["dist/", "node_modules/", "src/generated/", "e2e/"] },
  js.configs.recommended,
  ...ts.configs.recommended,
  ...svelte.configs.recommended,
  {
    languageOptions: { globals: { ...globals.browser, ...globals.node } },
    rules: {
      "no-undef": "off", // TypeScript knows better
      "svelte/no-at-html-tags": "error",
      "svelte/no-navigation-without-resolve": "off", // no SvelteKit here
      "no-restricted-imports": ["error", { patterns: [{ group: ["@tauri-apps/*"], message: backendOnly }] }],
      "no-restricted-globals": ["error", ...["fetch", "XMLHttpRequest", "WebSocket", "EventSource"].map((name) => ({ name, message: backendOnly }))],
      "no-console": "error",
      "svelte/prefer-svelte-reactivity": "off", // a plain map beside the runes is plain on purpose: it costs no frame
    },
  },
  { files: ["**/*.svelte", "**/*.svelte.ts"], languageOptions: { parserOptions: { parser: ts.parser, extraFileExtensions: [".svelte"], svelteConfig } } },
  { files: ["src/backend/tauri.ts", "src/backend/backends.test.ts"], rules: { "no-restricted-imports": "off" } },
  { files: ["src/backend/http.ts"], rules: { "no-restricted-globals": "off" } },
  { files: ["scripts/**"], rules: { "no-console": "off" } },
);
