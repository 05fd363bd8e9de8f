// Looks for words where they must not be: in the page and what it stores, in files, in what processes were started with.
import { lstatSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

/** Bytes of a word as this and that program writes it: WebKit stores in UTF-16. */
const spellings = (word) => [Buffer.from(word), Buffer.from(word, "utf16le")];
const holds = (bytes, word) => spellings(word).some((spelling) => bytes.includes(spelling));

function filesOf(folder) {
  return readdirSync(folder, { withFileTypes: true, recursive: true }).map((entry) => join(entry.parentPath, entry.name)).filter((path) => lstatSync(path, { throwIfNoEntry: false })?.isFile());
}

/** `word in path` for each word that a file of the folder holds. */
export function inFiles(folder, words) {
  return filesOf(folder).flatMap((path) => {
    const bytes = readFileSync(path);
    return words.filter((word) => holds(bytes, word)).map((word) => `${word} in ${path}`);
  });
}

/** The same for what processes were started with: anybody on the computer can list the one, the same user the other. */
export function inProcesses(pids, words) {
  return pids.flatMap((pid) =>
    ["cmdline", "environ"].flatMap((what) => {
      const bytes = readFileSync(`/proc/${pid}/${what}`);
      return words.filter((word) => holds(bytes, word)).map((word) => `${word} in ${what} of ${pid}`);
    }),
  );
}

/** The same for the page: what is drawn, what is typed, what is stored. */
export async function inPage(browser, words) {
  const places = await browser.executeAsync(async (done) => {
    const databases = (await indexedDB.databases()).map(({ name }) => name);
    done({
      document: document.documentElement.outerHTML,
      fields: JSON.stringify([...document.querySelectorAll("input, textarea")].map((field) => field.value)),
      title: document.title,
      address: location.href,
      history: JSON.stringify(history.state),
      localStorage: JSON.stringify({ ...localStorage }),
      sessionStorage: JSON.stringify({ ...sessionStorage }),
      cookies: document.cookie,
      databases: databases.join(", "),
    });
  });
  // Their names would do: the page keeps none, so that none needs to be read.
  const stored = places.databases === "" ? [] : [`databases of the page: ${places.databases}`];
  return [...stored, ...Object.entries(places).flatMap(([place, text]) => words.filter((word) => text.includes(word)).map((word) => `${word} in ${place} of the page`))];
}
