/** Attached images, as the page shows them: small ones are kept for a while, a whole one only while it is looked at. */
import type { Backend } from "../backend/backend";
import type { AttachmentId, AttachmentInfo, ChatId } from "../generated/wire";

/** The images of one question, or of what is being written, and which of them is looked at. */
export interface Viewing {
  chat: ChatId;
  files: AttachmentInfo[];
  at: number;
}

/** Small images that are kept: a screen shows about ten. */
const MOST_KEPT = 60;

export class Images {
  viewing = $state.raw<Viewing | null>(null);

  /** The least lately used first. */
  private readonly small = new Map<AttachmentId, { chat: ChatId; url: Promise<string> }>();

  constructor(private readonly backend: Backend) {}

  /** A small version, as a data URL. */
  preview(chat: ChatId, attachment: AttachmentId): Promise<string> {
    const known = this.small.get(attachment);
    const entry = known ?? { chat, url: this.fetched(chat, attachment, false) };
    this.small.delete(attachment);
    this.small.set(attachment, entry);
    // What could not be had is asked for again where it is shown again.
    if (!known) entry.url.catch(() => this.small.delete(attachment));
    for (const [oldest] of this.small) {
      if (this.small.size <= MOST_KEPT) break;
      this.small.delete(oldest);
    }
    return entry.url;
  }

  /** The image as it is kept and sent, as a data URL. It is not kept here. */
  whole(chat: ChatId, attachment: AttachmentId): Promise<string> {
    return this.fetched(chat, attachment, true);
  }

  /** Shows an image large; the others of the same question are beside it. */
  view(chat: ChatId, files: AttachmentInfo[], chosen: AttachmentId): void {
    const images = files.filter((file) => file.image);
    this.viewing = { chat, files: images, at: Math.max(0, images.findIndex((file) => file.id === chosen)) };
  }

  close(): void {
    this.viewing = null;
  }

  /** Keeps nothing of a chat that is gone. */
  forget(chat: ChatId): void {
    for (const [attachment, entry] of this.small) if (entry.chat === chat) this.small.delete(attachment);
    if (this.viewing?.chat === chat) this.close();
  }

  private async fetched(chat: ChatId, attachment: AttachmentId, whole: boolean): Promise<string> {
    return (await this.backend.call("attachment_show", { chat, attachment, whole })).url;
  }
}
