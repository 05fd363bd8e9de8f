/** What a link or an image in a model's answer may do. The answer is untrusted: it can hold an address made to mislead. */
import { decode } from "./entities";

/** An address that may be opened after a click, and why to ask first. */
export interface SafeLink {
  /** The whole address as the browser will read it. */
  url: string;
  /** Where it really goes: a host, or an address for mail. Punycode stays visible. */
  place: string;
  /** A sentence for the reader; null when the link is what it looks like. */
  doubt: string | null;
}

const SCHEMES = new Set(["http:", "https:", "mailto:"]);
const LONGEST_QUERY = 100;
const LONGEST_PICTURE_BYTES = 2 * 1024 * 1024;
const PICTURE = /^data:image\/(?:png|jpeg|gif|webp);base64,[A-Za-z0-9+/=]+$/;
const LOOKS_LIKE_HOST = /(?:^|[\s/@(<"'“])((?:[\p{L}\p{N}-]+\.)+[\p{L}]{2,24})(?=$|[\s/:?#)>"'”,.])/giu;
// Not hosts in practice: "main.rs", "README.md" and the like.
const FILE_ENDINGS = new Set("c cc cpp cs css go h hpp html ini java js json jsx kt lock log lua md mjs pdf php pl png py rb rs sh sql svelte svg swift toml ts tsx txt vue xml yaml yml zip".split(" "));

/** The link that `href` makes, or null when it is none that may be opened. `text` is what the reader sees. */
export function safeLink(href: string, text: string): SafeLink | null {
  const url = parsed(decode(href));
  if (!url || !SCHEMES.has(url.protocol)) return null;
  const place = url.protocol === "mailto:" ? decodeURIComponentSafely(url.pathname) : url.host;
  if (place === "") return null;
  return { url: url.href, place, doubt: doubtAbout(url, text) };
}

function parsed(href: string): URL | null {
  // No base: an address relative to the window's own page is no link to anywhere.
  return URL.canParse(href) ? new URL(href) : null;
}

function doubtAbout(url: URL, text: string): string | null {
  if (url.protocol === "mailto:") return url.search.length > LONGEST_QUERY ? "It fills in a long message for you." : null;
  const shown = hostsIn(text).find((host) => !isWithin(host, url.hostname));
  if (shown !== undefined) return `Its text names ${shown}.`;
  if (url.username !== "" || url.password !== "") return "The part before the @ in it is not the place it goes to.";
  if (url.hostname.includes("xn--")) return "Its name holds letters that can look like others.";
  if (url.search.length + url.hash.length > LONGEST_QUERY) return "It carries a long text along, which could be taken from this chat.";
  return null;
}

function hostsIn(text: string): string[] {
  return [...text.matchAll(LOOKS_LIKE_HOST)]
    .map((found) => (found[1] ?? "").toLowerCase())
    .filter((host) => !FILE_ENDINGS.has(host.slice(host.lastIndexOf(".") + 1)));
}

function isWithin(shown: string, real: string): boolean {
  const host = asHost(shown);
  return real === host || real.endsWith(`.${host}`) || host === `www.${real}`;
}

function asHost(shown: string): string {
  const url = parsed(`https://${shown}`);
  return (url?.hostname ?? shown).replace(/^www\./, "");
}

function decodeURIComponentSafely(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** A picture that may be drawn because it is in the text itself, or null. Nothing is ever fetched. */
export function safePicture(href: string): string | null {
  const fits = href.length <= (LONGEST_PICTURE_BYTES * 4) / 3 + 64;
  return fits && PICTURE.test(href) ? href : null;
}

/** Where a picture that is not drawn would have come from, for its chip. */
export function pictureSource(href: string): string {
  const url = parsed(decode(href));
  if (!url) return "no address";
  return url.host === "" ? url.protocol.replace(":", "") : url.host;
}
