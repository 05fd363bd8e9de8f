/** The made-up attachments: what is attached to a draft, and two small drawings that stand for every image. */
import type { AttachmentInfo, ChatId, Commands, Failure, ImageFacts } from "../../generated/wire";
import { id } from "./scene";

type Handler<K extends keyof Commands> = (args: Commands[K]["args"]) => Commands[K]["value"];

const chart = "iVBORw0KGgoAAAANSUhEUgAAAUAAAADICAMAAACu2siZAAAAD1BMVEX09vjJbzsvb3OIlKDt7/L7usj1AAABQklEQVR42u3T2wkCARAEQV/5x2wGnjLC2VL9P7AU7OUiSZIkSZIkSZIkSZIkSZIkSZIk/V3X15193u8HcAzgGMAxgGMAxwCOARwDOAZwDOAYwDGAYwDHAI4BHAM4BnAM4NjfAN7eDSBAgL8YQIAAAQIECBAgQIAAAQIECBAgQIAAAQIECDARQIAAAQIECBAgwC7gggAQIECAAAECBAgQIECALcBlCxAgwNMRAAIECBAgQIAAAQIECBAgQIAAAQIECPAUwCICQIDdLUCAANNbgAABprcAAQJMbwECBJjeAgQIML0FCBBgegsQIMD0FiBAgOktQIAA01uAAAGmtwABAkxvAQIEmN4CBAgwvQUIEGB6CxAgwPQWIECA6S1AgADTW4AAAaa3AAECTG+/BHjXUY+XgA8d9fkzS5IkSZIkSZI09QTd+okKVoOYPAAAAABJRU5ErkJggg==";
const shore = "iVBORw0KGgoAAAANSUhEUgAAAMgAAAEsCAMAAACxJAyMAAAAElBMVEXyxY7jtoPhk1o2W3M+aoUcKzoaxUzlAAAKPklEQVR42u2diZajOAxFbdH8/y93VRbw8rQBMaoca84kLEbWtWVJVDohpZzS6//HK6VSCL3VO+27doFwrO67FuLPF6eeEOn1KmklxnLmGJlOQf3E0+Ez+T0lvy+5ay0o2jepVA4sFpmJP/XaJNgAKH171ntiijYkXSeNLUltgX7JrfClzcH8nIj82BXaCgMGuyT+Aof+1i9k9zCdlFYGjgJX6UeODOhyfsetXK11bAAh9aLF1Gwc0A/8hPDgZRiuSPIhSsjf8Vh1env90L08a6/QKI4249bIH8DFrWa3ftzaFCOoHVwxXpYupI4bp58dCo5evCR3Rzj/Ik7F+43xY1Y/6c39gb7btqjQp+GQ/jKLUX+VNyI3GpNlxm2RTdaPtVE/IjDVvjfZIcPzLngDAXCzfnOJUhx99WbyEr0vbSVZ1IuFV+t2ilJuFBP2L+r7wnhm/XYvJXiZGKjF5NfaROw1LDSIJErxmhJ/eaO60uSszS36udFUzPX4Lzdw3f2INb959DMLEHdFwr4ynaaFf0I/aET1NGAwLdgJ3qBDso1J3Czf5cLOGCBJXCFVm2a5CPqFoMUPoWJqGyrIqMuoXqjM2gbS/YgAS7wafLlyP9Jew4dfVb88VG1w0Sce9on9DFxxUj/XzspgPVAOtdrarx/sU89IzUnsKdj2sj23JNr7k7Y/9nLLEk66qDFSOWvxcaOhWmHoSsHEbhkqiFP6JSzoD1wvdRO5zhJd5YR+Two1jJqxnZy1/Pr5PK+Ff2LWFBwt4g6V0+/Sf/h+xDpG7HyLBth70dYxd39iohImIVk8k2pL8MzUnQjLVyrpqw4J7hNUypDKRZOOb6lKFJWeBIxotLC57+h3Iu3Q6/VnN1lQhZBPcSzS7hpwLii3y5OIiDlvEq6QFUdKP66mNOFOwl/XqSck/D7cy6p2NDERKiGLq5fgDUVzAamzJqdRNZpyERqGM31hiSLfq2rqqHt1UYGSGt2bg1S9vVuGg22jfyyn53dDcSYsXv5+hDYDuQHaNXB7hR7OFIJOJTKgNQGbq5WqMrTtKoURly1x2lkWY3xzlb3ggfuGOwnGeDZ6Kd0eqD/53jSbnWIrWEkwsNw3Z0KtXJDK0mrdkdZe9ha5yGk7wxlIY5DKJsVE1n/VgebuR7T00bmTw/+q/c5UYtyIGxw1WZB8lB8mL5JduLnpvdWwUqS5A7nHXxrwVxPwWra51C27TGXHKbuB+YTqTSb7NL0BJGddZM8fhn0ytJNKFslNgT/Yam/PvnSmHj4IpNrPJ3zqddlzMKFrYUGrS+9SXe0lpUm5CybbqMtcD7IWFwL6SLmyOadXMAT2hfJKrP/gtCJ7uMulYWzdwxb9tAbdlmwpgRb14JlSz0mxVF5S2BQHTHIruEv1S3vQtq933FlfqDDEMWZLsgEWp8l0qZC8JFq1bVXJCbrUBU/sPmsLdl84QsBMw1xXp7SPHexrnLTWmmmosYBtc0a47yuD+zUkWkqGNlit3TB1nLXc56hSWVv4QEK6AktJqA5EP3qG+pK6xlKa7ai2/V2hNWWi+l4PVVb0Zou4a4l1l7adGHPAuXeXDBMp+x1Gn0h7h5Yw2d6QgXpQwdDsPnPWmpuMljRzBKaM+tOmP1cLvUgk3IwautTzK28N8fukqOtOGtxL9WVuVaHuXHUF2C5eDQnDOBygRafE5cDMREm2a4UtNzJ83tMGBRSmZb6gXvn2bg4dnpIUG4czkafqddsk1abV8dxMFfjYo/Mqzr3tQwPbbief3zvtvwAgOIzhe3gdOrKnWm1GvyyGjVUnrcVtwBGEPIJkbErojQcUy1x74Znfw1hbYvtHbnVEFur51jq11JKMx0ey2Y8NuQdf/fut68c3r4X8Qu9B3fzEkJXz9u36jFqC9dDDsg7SlTOZadnryMV/qmzft02p2KK6iSiGya8jW8aDJvhT/91/jPJ4VeANhUG7L4WpzGvZp/xhTt6+aa5SlObnXS1O/XVe6XJMua/cBggD3LQovUZEydWbPups54bp2GzMVanCB4VULmAWpv7BhvIXD6zFRefYfaJiE6JYzG4ou63inOwRLvczQo3fFP+6U0yGzKlCF7aquR95zUWxdmX32mPIq6iBJuRi2zyi3Wrb0kMul6NwbTm6xvKJVZurN6EYwtPVN6Z6OXK3TsWPY2QPRaW3jDCvKFimmOfLaLFYnw+oHYxhm5I/AGJ1qOAgjoUeGsS1yCdIMBAvykgQH8f3gPiC8ATxir84+R4Ql23jXOsASUiQ75mRAyCeVTIM5AjH14B4wlZoEI9xsUG+xbUCghwJvjFd62tADpLYfSs4iEN/aBCP/sggIRPi1xSNEyQayIc5Rv7x4aNrPTKI70/yA0Hcq+RbQHJU13I6l1d3VBDvh1ZDQbLdu9wfvo0Fsc+JW3fQzxD9n4YO/3jaNh9fAnJI72gQy3r/EyA6yzGld4BIKD8R+i+BsCTHNd4EAkkOz8adIO/ud4izmu4Foec3Eq7QczcIHUh+QUGukQkSTSZINJkg0WSCRJMJEk3SsvwrpNp5HtHOw6PcFVJL/Wpe1qUBAapOnh8l6W4DJsgECS4TJJpMkGgyQaLJBIkmEySaTJBoMkGiyQSJJhMkmkyQaDJBoskEiSZnQJb1buuvAVnWdQ3yp/jjIMvyi/Ejd9t/FuTfiyMOyTGQDSOOdx0CKTmizIkfZKkxopB4QZZ/HUcM73KDrEjupnCDLJgjAokLhMOI4F0OkEXguJ/EDCJj3O9ddpBVk78Aok7H/d5lBLFw3DsnFhAjxr0kOojNrW4n0UBcGHeuExXEx3EfiQzixrjLu5YliWcPcNxC8mNoEs8ek9He9TCUBzmKMXhO3m7DgpzgGEmyuQ0GObg6hntXYSYCOY0xZk5qMyHIeY4BJI2VSWsQ1Ls6K1uQK9zq43OCjExqi3gk0MgSZLnMrV7yEe9ibEx6k1AkrI3J0OaEjMIoQD6Bce2cyAs4WRqFIFEsTJ/FWC/yLt3C9EG3uo7EYGD67HQ85Kx3mQxMH56O0yTWcU6fx1hf3tV+P676mhn35TnzMI8BWbcf3YDPCMrVL3Gk/Wk+ZO9hEMjKPugtl89fKp4nlXN2YIwDWYtHJlEqt8uHKqWCyoUxEGRFGGmfhWpmfubDq34cyFo/8+z3YVTbA6mqR5T97DhnYzDIuq9hsMrL3905pHwgyEqNxcXjIV8P7jw2G8NB1vrJmbSh5M3ZDmKMBlmrYFWujdcDLI9rHgyyNqtiexJs/pUzikeDrODxhs9lcgrjBpC1Cljb+jiJcQfImvfkt/1I2AXjMx6krCDz4bwRAWQtCqzDeSMEyLoFrKsw7gJZKV0RqQKArKfzRhSQ9Tqnuhnkapkg0WSCRJMJEk0mSDSZINFkgkSTCRJNJkg0mSDRZIJEkwkSTSZINJkg0WSCRJMJEk0mSDSZINFkgkSTCRJNJkg0mSDRZIJEkwkSTSZINJkg0WSCRJMJEk0mSDSZINHka0D+Ay+/azv/mk8pAAAAAElFTkSuQmCC";

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

  /** The same, taken off it: its question is being kept. */
  take(chat: ChatId): AttachmentInfo[] {
    const taken = this.of(chat);
    this.drafts.delete(chat);
    return taken;
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
