/** A table as text for other programs. */
import type { Tokens } from "marked";
import { plainText } from "./plain";

/** Comma-separated values (RFC 4180), with a byte order mark left to the receiver. A cell that a spreadsheet would run as a formula is quoted. */
export function toCsv(table: Tokens.Table): string {
  return [table.header, ...table.rows].map((row) => row.map((cell) => csvCell(plainText(cell.tokens))).join(",")).join("\r\n");
}

function csvCell(text: string): string {
  const inert = /^(?:[=+@\t\r]|-(?![\d.]))/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(inert) ? `"${inert.replace(/"/g, '""')}"` : inert;
}

/** The table as it was written, on whole lines. */
export function toMarkdown(table: Tokens.Table): string {
  return `${table.raw.trim()}\n`;
}
