/** The made-up attachments: what is attached to a draft, and two small drawings that stand for every image. */
import type { AttachmentInfo, ChatId, Commands, Failure, ImageFacts } from "../../generated/wire";
import { id } from "./scene";

type Handler<K extends keyof Commands> = (args: Commands[K]["args"]) => Commands[K]["value"];

const chart = "iVBORw0KGgoAAAANSUhEUgAAAUAAAADICAMAAACu2siZAAAAD1BMVEX09vjJbzsvb3OIlKDt7/L7usj1AAABQklEQVR42u3T2wkCARAEQV/5x2wGnjLC2VL9P7AU7OUiSZIkSZIkSZIkSZIkSZIkSZIk/V3X15193u8HcAzgGMAxgGMAxwCOARwDOAZwDOAYwDGAYwDHAI4BHAM4BnAM4NjfAN7eDSBAgL8YQIAAAQIECBAgQIAAAQIECBAgQIAAAQIECDARQIAAAQIECBAgwC7gggAQIECAAAECBAgQIECALcBlCxAgwNMRAAIECBAgQIAAAQIECBAgQIAAAQIECPAUwCICQIDdLUCAANNbgAABprcAAQJMbwECBJjeAgQIML0FCBBgegsQIMD0FiBAgOktQIAA01uAAAGmtwABAkxvAQIEmN4CBAgwvQUIEGB6CxAgwPQWIECA6S1AgADTW4AAAaa3AAECTG+/BHjXUY+XgA8d9fkzS5IkSZIkSZI09QTd+okKVoOYPAAAAABJRU5ErkJggg==";
const shore = "iVBORw0KGgoAAAANSUhEUgAAAMgAAAEsCAMAAACxJAyMAAAAD1BMVEXywor757Xik1o/a4YcKzoB2pdNAAACyElEQVR42u3dwY7bMAxFUXrK///mdjAI2nQSS6Ql8Vlz71YC6bMKYC9iRkREREREREREREREREREREREREREREREREREREREREREP6zjUfWDDEHcGnO8rvqxBjFuRzmOLSRHq9zYj9U1HceRGbsc0uFISVZDuhwZyWJIpyMhWQvpdsQlQCY7wpKVkJAjKgEy3RGUAPm5kLAjJgEC5O6QhCMkAQIECBAgQG4B2eaXHQgQHUloOpAfDNnmvdY+kG3e/e7zNn4fyDZfrPb5hrjPV919vrN3SFJTCyANSnJmCeRjvKMI8paSH1gFeWW5NK0Q8oS5PKkYMi4gagFRC4haQNQCohYQtezXJgFRC4haQNQCohYQtYCoBUQtIGoBUQuIWkDUAqIWELWAqAXkM69++jEQ/1P144+AuEtJshB/VA24CHFXk6Qg/lQ1IQ9xF5TEIf69akQK4q4pCUL8TdWMKMRdVhKB+Fk3grgrS7oh3uwekLajWNIH6WEUS7ognY5SSQekm1EqaUMijkJJCxJjFEoakLCjTHIKSTCKJO52enoTyedSOz29heRrp50f60seK+38WF3yd6M1zqUl/y60xrmw5HmftS6oSv5fZ60LmpLv26x5Q1Dyapk1b8hJXu+y9hUtybtV1r6iJHm/yTruyEjOFlnHHRHJ+R6b7Bgmaa2xyYxBkvYWm+4YIOlZYtMZlyV9O2yB45Kkd8UaiGf/zyewYQ0kJwktWARJSILzV0GikvD4ZZCQJDF9HaRfkhq+ENIpSc5eCemRpEcvhTQlFyavhfgkxnqIz2EUQHwKowLiMxglEJ/AqIH4eEYRxIczqiA+mlEG8cGMOoiPZRRCRgdELSBqAVELiFpA1AKiFhC1gKgFRC0gagFRC4haQNQCohYQtYCoBUQtIGoBUQuIWkDUAqIWELWAqAVELSBqAVELiFpA1NoG8huL7vTIexhAqAAAAABJRU5ErkJggg==";

const wide: ImageFacts = { format: "png", width: 1_280, height: 800 };
const tall: ImageFacts = { format: "jpeg", width: 1_200, height: 1_800 };

/** An image that is wider than high, or higher than wide. */
export const imageOf = (name: string, facts: "wide" | "tall" = "wide"): AttachmentInfo => ({ id: id(), name, bytes: facts === "wide" ? 184_320 : 612_700, image: facts === "wide" ? wide : tall });

const text = (name: string, bytes: number): AttachmentInfo => ({ id: id(), name, bytes, image: null });

export class FakeAttachments {
  private readonly drafts = new Map<ChatId, AttachmentInfo[]>();
  /** Every image that can be shown. */
  private readonly images = new Map<string, ImageFacts>();

  /** `images` in the query lets the user pick images; else they pick a text. */
  constructor(
    shown: AttachmentInfo[],
    private readonly query: URLSearchParams,
  ) {
    for (const file of shown) this.know(file);
  }

  readonly handlers = {
    attachment_pick: (({ chat }) => this.add(chat, this.query.has("images") ? [imageOf("Survey results.png"), imageOf("The shore at Nida.jpg", "tall")] : [text("orders.csv", 18_400)])) satisfies Handler<"attachment_pick">,
    attachment_drop: (({ chat, tokens }) => this.add(chat, tokens.map((name) => (/\.(png|jpe?g|gif|webp|bmp)$/.test(name) ? imageOf(name) : text(name, 2_048))))) satisfies Handler<"attachment_drop">,
    attachment_paste: (({ chat, text: words }) => this.add(chat, [text("Pasted text.txt", words.length)])[0]!) satisfies Handler<"attachment_paste">,
    attachment_paste_image: (({ chat }) => this.add(chat, [imageOf("Pasted image.png")])[0]!) satisfies Handler<"attachment_paste_image">,
    attachment_show: (({ attachment }) => {
      const facts = this.images.get(attachment);
      if (!facts) throw { code: "not_found", message: "This image is not there any more." } satisfies Failure;
      return { url: `data:image/png;base64,${facts.width > facts.height ? chart : shore}` };
    }) satisfies Handler<"attachment_show">,
    attachment_remove: (({ chat, attachment }) => {
      this.drafts.set(chat, this.of(chat).filter((known) => known.id !== attachment));
      return null;
    }) satisfies Handler<"attachment_remove">,
  };

  /** What is attached to the draft of a chat. */
  of(chat: ChatId): AttachmentInfo[] {
    return this.drafts.get(chat) ?? [];
  }

  /** Its question was kept with them. */
  clear(chat: ChatId): void {
    this.drafts.delete(chat);
  }

  private add(chat: ChatId, files: AttachmentInfo[]): AttachmentInfo[] {
    for (const file of files) this.know(file);
    this.drafts.set(chat, [...this.of(chat), ...files]);
    return files;
  }

  private know({ id: own, image }: AttachmentInfo): void {
    if (image) this.images.set(own, image);
  }
}
