/** Composition root of the interface. */
import "@fontsource-variable/inter/wght.css";
import "./styles/tokens.css";
import "./styles/base.css";
import { mount } from "svelte";
import AppWindow from "./AppWindow.svelte";
import { choose } from "./backend/choose";
import { App } from "./state/app.svelte";

const backend = await choose(window);
const app = new App(backend);
mount(AppWindow, { target: document.getElementById("app")!, props: { app } });
await app.start();
// Two frames later the first one is on the screen; a hidden page draws none, and is drawn when its window is shown.
const ready = () => void backend.ready();
if (document.hidden) ready();
else requestAnimationFrame(() => requestAnimationFrame(ready));
