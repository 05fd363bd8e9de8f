// What axe-core finds wrong with the page as it stands, by WCAG 2.2 A and AA.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const source = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** One line for each element that breaks a rule. */
export async function violations(browser) {
  await browser.execute(`${source};0`);
  return browser.executeAsync((done) => {
    const runOnly = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
    window.axe.run(document, { runOnly, resultTypes: ["violations"] }).then(
      ({ violations }) => done(violations.flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) => `${id}: ${target} (${failureSummary.split("\n")[1]?.trim()})`))),
      (error) => done([String(error)]),
    );
  });
}
