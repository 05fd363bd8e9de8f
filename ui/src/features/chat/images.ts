/** Attached images, in words and sizes. Pure. */
import type { AttachmentInfo, ImageFacts, Message } from "../../generated/wire";
import { bytes, count } from "../../words/figures";

/** Largest picture that may be pasted, in bytes: it goes through the page. */
export const LARGEST_PASTE_BYTES = 20_000_000;

/** "1,200 × 800". */
export function pixels({ width, height }: ImageFacts): string {
  return `${count(width)} × ${count(height)}`;
}

/** "Image x.png, 1,200 × 800". */
export function named(file: AttachmentInfo): string {
  return file.image ? `Image ${file.name}, ${pixels(file.image)}` : file.name;
}

/** "x.png, 1,200 × 800, 184 KB". */
export function described(file: AttachmentInfo): string {
  return [file.name, file.image ? pixels(file.image) : "", bytes(file.bytes)].filter(Boolean).join(", ");
}

/** What of an image is shown in a box: never enlarged, and cut rather than thinner than `least`. All in pixels. */
export function tile({ width, height }: ImageFacts, box: { width: number; height: number }, least: number): { width: number; height: number } {
  const scale = Math.min(box.width / width, box.height / height, 1);
  const side = (length: number) => Math.max(Math.round(length * scale), least);
  return { width: side(width), height: side(height) };
}

export function imagesOf(files: readonly AttachmentInfo[]): AttachmentInfo[] {
  return files.filter((file) => file.image !== null);
}

/** Whoever answers next. */
export interface Answerer {
  name: string;
  sees: boolean;
}

/** Why these files cannot go to whoever answers next; empty where they can. `fixed` where none can be taken off. */
export function blindness(answerer: Answerer | null, files: readonly AttachmentInfo[], fixed = false): string {
  const images = imagesOf(files).length;
  if (!answerer || answerer.sees || images === 0) return "";
  return `${answerer.name} reads text only. Choose a model that sees images${fixed ? "" : `, or take the ${images === 1 ? "image" : "images"} off`}.`;
}

/** What whoever answers next cannot see of a chat; empty where there is nothing. */
export function unseen(answerer: Answerer | null, messages: readonly Message[]): string {
  const images = messages.reduce((sum, message) => sum + imagesOf(message.attachments).length, 0);
  if (!answerer || answerer.sees || images === 0) return "";
  return images === 1 ? `${answerer.name} cannot see the image of this chat; it reads its name only.` : `${answerer.name} cannot see the ${count(images)} images of this chat; it reads their names only.`;
}

/** Images on a clipboard, where they and no text are what was copied: a file manager adds their names, a browser a picture's address. */
export function pastedImages(files: readonly File[], text: string): File[] {
  const images = files.filter((file) => file.type.startsWith("image/"));
  const lines = text.split(/\r?\n/).map((line) => line.trim()).filter(Boolean);
  return lines.every((line) => images.some((file) => line.endsWith(file.name))) ? images : [];
}

/** Why a picture is not pasted; empty where it can be. */
export function tooLarge(file: File): string {
  if (file.size <= LARGEST_PASTE_BYTES) return "";
  return `This image has ${bytes(file.size)}; up to ${bytes(LARGEST_PASTE_BYTES)} can be pasted. Save it and attach the file. Nothing was attached.`;
}
