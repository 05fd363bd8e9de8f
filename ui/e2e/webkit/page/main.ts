/** The page under test: a chat's messages and a showcase, with handles for the test on `window.reading`. */
import "@fontsource-variable/inter";
import { mount } from "svelte";
import "../../../src/styles/tokens.css";
import Page from "./Page.svelte";
import { showcase } from "./showcase";

const query = new URLSearchParams(location.search);
document.documentElement.dataset.theme = query.get("theme") ?? "light";
const target = document.getElementById("app");
if (!target) throw new Error("BUG: the page has no #app");
mount(Page, { target, props: { showcase: query.has("showcase") ? showcase : null } });
