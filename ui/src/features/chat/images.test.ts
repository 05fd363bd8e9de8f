/** Images: attached, shown, refused where nobody can see them. */
import { fireEvent, screen, within } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { tick } from "svelte";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { FakeCore } from "../../backend/fake/core";
import { imageOf } from "../../backend/fake/attachments";
import { question } from "../../backend/fake/scene";
import { Images } from "../../state/images.svelte";
import { button, openWindow, violations } from "../testing";
import { base64 } from "./clipboard";
import { LARGEST_PASTE_BYTES, blindness, described, named, pastedImages, tile, tooLarge, unseen } from "./images";

const user = userEvent.setup();
const wide = imageOf("x.png");
const tall = imageOf("y.jpg", "tall");
const text = { id: "t", name: "orders.csv", bytes: 18_400, image: null };
const starter = { name: "Starter", sees: false };
const seer = { name: "Claude", sees: true };
const composer = () => screen.getByRole<HTMLTextAreaElement>("textbox", { name: "Your question" });
const send = () => screen.getByRole("button", { name: /^Send/ });
const attached = () => within(screen.getByRole("list", { name: "Attached files" }));
const paste = (files: File[], words = "") => fireEvent.paste(composer(), { clipboardData: { files, types: ["Files"], getData: () => words } });

describe("the words", () => {
  it("name an image with its size", () => {
    expect(named(wide)).toBe("Image x.png, 1,280 × 800");
    expect(described(wide)).toBe("x.png, 1,280 × 800, 184 KB");
  });

  it("say why images cannot be sent", () => {
    expect(blindness(starter, [wide])).toBe("Starter reads text only. Choose a model that sees images, or take the image off.");
    expect(blindness(starter, [wide, tall, text])).toContain("take the images off.");
    expect(blindness(starter, [wide], true)).toBe("Starter reads text only. Choose a model that sees images.");
    expect([blindness(starter, [text]), blindness(seer, [wide]), blindness(null, [wide])]).toEqual(["", "", ""]);
  });

  it("say what of a chat is not seen", () => {
    const asked = (...attachments: (typeof wide)[]) => ({ ...question("c", null, "What is this?", 0), attachments });
    expect(unseen(starter, [asked(wide, text)])).toBe("Starter cannot see the image of this chat; it reads its name only.");
    expect(unseen(starter, [asked(wide), asked(tall)])).toBe("Starter cannot see the 2 images of this chat; it reads their names only.");
    expect([unseen(seer, [asked(wide)]), unseen(starter, [asked(text)]), unseen(null, [asked(wide)])]).toEqual(["", "", ""]);
  });
});

describe("the size of a tile", () => {
  const box = { width: 240, height: 180 };
  const of = (width: number, height: number) => tile({ format: "png", width, height }, box, 48);

  it("fits the box in the shape of the image", () => {
    expect(of(1_200, 800)).toEqual({ width: 240, height: 160 });
    expect(of(800, 1_200)).toEqual({ width: 120, height: 180 });
  });

  it("enlarges nothing, and cuts what would be a thread", () => {
    expect(of(100, 60)).toEqual({ width: 100, height: 60 });
    expect(of(4_000, 40)).toEqual({ width: 240, height: 48 });
    expect(of(3, 3)).toEqual({ width: 48, height: 48 });
  });
});

describe("a clipboard", () => {
  const image = new File(["…"], "image.png", { type: "image/png" });

  it("gives its image where it holds no text of its own", () => {
    expect(pastedImages([image], "")).toEqual([image]);
    expect(pastedImages([image], "/home/ada/image.png\r\n")).toEqual([image]);
    expect(pastedImages([image], "A table, which the office also copies as a picture")).toEqual([]);
    expect(pastedImages([new File(["a"], "a.csv", { type: "text/csv" })], "")).toEqual([]);
  });

  it("is measured before it is read", () => {
    const huge = new File([], "huge.png", { type: "image/png" });
    Object.defineProperty(huge, "size", { value: LARGEST_PASTE_BYTES + 1 });
    expect(tooLarge(huge)).toContain("up to 20 MB can be pasted");
    expect(tooLarge(image)).toBe("");
  });

  it("is read whole", async () => {
    const bytes = new Uint8Array(100_000).map((_, at) => at % 251);
    const read = atob(await base64(new Blob([bytes])));
    expect(Uint8Array.from(read, (letter) => letter.charCodeAt(0))).toEqual(bytes);
  });
});

describe("small images", () => {
  const shown = (core: FakeCore) => core.calls.filter(({ name }) => name === "attachment_show");

  it("are asked for once, and the least lately used go first", async () => {
    const core = new FakeCore("first");
    const images = new Images(core);
    const files = await core.call("attachment_drop", { chat: "c", tokens: Array.from({ length: 61 }, (_, at) => `${at}.png`) });
    await images.preview("c", files[0]!.id);
    for (const { id } of files.slice(1, 60)) await images.preview("c", id);
    await images.preview("c", files[0]!.id);
    expect(shown(core)).toHaveLength(60);
    await images.preview("c", files[60]!.id); // one too many: the second goes, the first was just used
    await images.preview("c", files[0]!.id);
    expect(shown(core)).toHaveLength(61);
    await images.preview("c", files[1]!.id);
    expect(shown(core)).toHaveLength(62);
  });

  it("are asked for again after a failure, and forgotten with their chat", async () => {
    const core = new FakeCore("first");
    const images = new Images(core);
    const [file] = await core.call("attachment_drop", { chat: "c", tokens: ["a.png"] });
    core.failNext.set("attachment_show", { code: "unexpected", message: "Not now." });
    await expect(images.preview("c", file!.id)).rejects.toMatchObject({ code: "unexpected" });
    expect(await images.preview("c", file!.id)).toMatch(/^data:image\/png;base64,/);
    images.forget("another");
    await images.preview("c", file!.id);
    expect(shown(core)).toHaveLength(2);
    images.forget("c");
    await images.preview("c", file!.id);
    expect(shown(core)).toHaveLength(3);
  });
});

describe("in the composer", () => {
  beforeEach(() => localStorage.clear());
  afterEach(() => vi.useRealTimers());

  it("an image is a tile beside the texts, is sent, and stands in the question", async () => {
    const { app, called } = await openWindow("images", "images");
    await user.click(button("Attach texts or images"));
    await screen.findByRole("list", { name: "Attached files" });
    expect(attached().getByRole("button", { name: "Image Survey results.png, 1,280 × 800" })).toBeTruthy();
    expect(screen.getByText("Place, date and camera data were removed from the images.")).toBeTruthy();
    await vi.waitFor(() => expect(document.querySelectorAll("[aria-label='Attached files'] img")).toHaveLength(2));
    expect(await violations()).toEqual([]);
    await user.click(attached().getByRole("button", { name: "Take off The shore at Nida.jpg" }));
    expect(called("attachment_remove")).toHaveLength(1);
    await screen.findByText("Place, date and camera data were removed from the image.");
    await user.type(composer(), "And this?");
    await user.click(send());
    await vi.waitFor(() => expect(app.talk.messages.at(-2)?.attachments.map(({ name }) => name)).toEqual(["Survey results.png"]));
    expect(screen.queryByRole("list", { name: "Attached files" })).toBeNull();
    await app.talk.stop();
  });

  it("takes an image from the clipboard, and leaves text to the text", async () => {
    const { app, called } = await openWindow("images");
    await paste([new File(["PNG"], "image.png", { type: "image/png" })]);
    await vi.waitFor(() => expect(called("attachment_paste_image")).toHaveLength(1));
    expect(called("attachment_paste_image")[0]?.args).toEqual({ chat: app.talk.chat!.id, data: btoa("PNG") });
    expect(await screen.findByRole("button", { name: /^Image Pasted image\.png/ })).toBeTruthy();
    await paste([new File(["PNG"], "image.png", { type: "image/png" })], "Words");
    expect(called("attachment_paste_image")).toHaveLength(1);
  });

  it("asks for an image that the event of the paste does not show", async () => {
    const { called } = await openWindow("images");
    const held = [{ types: ["image/png"], getType: () => Promise.resolve(new Blob(["PNG"], { type: "image/png" })) }] as unknown as ClipboardItems;
    const read = vi.spyOn(navigator.clipboard, "read").mockResolvedValue(held);
    await fireEvent.paste(composer(), { clipboardData: { files: [], types: ["text/plain"], getData: () => "Words" } });
    expect(read).not.toHaveBeenCalled();
    await fireEvent.paste(composer(), { clipboardData: { files: [], types: [], getData: () => "" } });
    await vi.waitFor(() => expect(called("attachment_paste_image")).toHaveLength(1));
    read.mockRejectedValue(new DOMException("No", "NotAllowedError"));
    await fireEvent.paste(composer(), { clipboardData: { files: [], types: [], getData: () => "" } });
    await tick();
    expect(called("attachment_paste_image")).toHaveLength(1);
    read.mockRestore();
  });

  it("refuses too large a paste with a sentence, unread", async () => {
    const { called } = await openWindow("images");
    const huge = new File([], "huge.png", { type: "image/png" });
    Object.defineProperty(huge, "size", { value: LARGEST_PASTE_BYTES + 1 });
    await paste([huge]);
    expect((await screen.findByRole("alert")).textContent).toContain("up to 20 MB can be pasted");
    expect(called("attachment_paste_image")).toEqual([]);
  });

  it("sends no image to a model that reads text only, and says why", async () => {
    const { called } = await openWindow("chat", "images");
    await user.type(composer(), "What is this?");
    expect(send().getAttribute("aria-disabled")).toBe("false");
    await user.click(button("Attach texts or images"));
    const line = await screen.findByText(/reads text only/);
    expect(line.textContent).toContain("Choose a model that sees images, or take the images off.");
    expect(send().getAttribute("aria-disabled")).toBe("true");
    expect(send().getAttribute("aria-label")).toContain("reads text only");
    await user.type(composer(), "{Enter}");
    await user.click(send());
    expect(called("chat_send")).toEqual([]);
    expect(await violations()).toEqual([]);
    await user.click(button("Choose a model"));
    expect((await screen.findAllByText(/sees images/)).length).toBeGreaterThan(1);
    await user.click((await screen.findByText("Claude Opus 5")).closest("[role='menuitem']")!);
    await vi.waitFor(() => expect(send().getAttribute("aria-disabled")).toBe("false"));
  });

  it("says of a chat with images what a model of text reads of them", async () => {
    const { app } = await openWindow("images");
    expect(screen.queryByText(/cannot see/)).toBeNull();
    await app.talk.change({ model: app.library.models[0]!.id });
    expect(await screen.findByText(/cannot see the 3 images of this chat; it reads their names only\./)).toBeTruthy();
    expect(send().getAttribute("aria-label")).not.toContain("reads text only");
  });

  it("says that a file is being read where it takes a while, but not while it is being picked", async () => {
    const { app } = await openWindow("images");
    vi.useFakeTimers();
    let finish = () => {};
    const attaching = app.talk.attach(() => new Promise((resolve) => (finish = () => resolve([]))));
    await tick();
    await fireEvent.blur(window);
    await vi.advanceTimersByTimeAsync(500);
    expect(screen.queryByText("Reading the file")).toBeNull();
    await fireEvent.focus(window);
    await vi.advanceTimersByTimeAsync(100);
    expect(screen.queryByText("Reading the file")).toBeNull();
    await vi.advanceTimersByTimeAsync(60);
    expect(screen.getByText("Reading the file")).toBeTruthy();
    finish();
    await attaching;
    await tick();
    expect(screen.queryByText("Reading the file")).toBeNull();
  });
});

/** The window on the last four messages, the questions with images. The list draws what fits into its height, and there is no layout here. */
async function openLast() {
  vi.spyOn(HTMLElement.prototype, "offsetHeight", "get").mockReturnValue(600);
  const opened = await openWindow("images");
  opened.app.talk.messages = opened.app.talk.messages.slice(-4);
  opened.app.talk.opening += 1;
  await tick();
  return opened;
}

describe("the viewer", () => {
  afterEach(() => void vi.restoreAllMocks());

  const open = async () => {
    const opened = await openLast();
    const first = await screen.findByRole("button", { name: /^Image Survey results\.png/ });
    first.focus();
    await user.keyboard("{Enter}");
    return { ...opened, first, dialog: await screen.findByRole("dialog", { name: "Image" }) };
  };

  it("shows the whole image with its name and size, and gives the focus back", async () => {
    const { app, dialog, called, first } = await open();
    await vi.waitFor(() => expect(called("attachment_show").filter(({ args }) => (args as { whole: boolean }).whole)).toHaveLength(1));
    expect(await within(dialog).findByRole("img", { name: "Survey results.png" })).toBeTruthy();
    expect(dialog.querySelector("header")?.textContent).toContain("Survey results.png 1,280 × 800 pixels, 184 KB, 1 of 2");
    expect(await violations()).toEqual([]);
    await user.click(within(dialog).getByRole("button", { name: "Close" }));
    await vi.waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    expect(app.images.viewing).toBeNull();
    expect(document.activeElement).toBe(first);
  });

  it("goes through the images of the question with the arrow keys, round and round", async () => {
    const { dialog } = await open();
    const shows = () => within(dialog).findByRole("img").then((image) => image.getAttribute("alt"));
    await user.keyboard("{ArrowRight}");
    await vi.waitFor(async () => expect(await shows()).toBe("The shore at Nida.jpg"));
    await user.keyboard("{ArrowRight}");
    await vi.waitFor(async () => expect(await shows()).toBe("Survey results.png"));
    await user.keyboard("{ArrowLeft}");
    await vi.waitFor(async () => expect(await shows()).toBe("The shore at Nida.jpg"));
  });

  it("closes by a click beside the image, not by one on it", async () => {
    const { app, dialog } = await open();
    await user.click(await within(dialog).findByRole("img"));
    expect(app.images.viewing).not.toBeNull();
    await user.click(dialog.querySelector(".beside")!);
    await vi.waitFor(() => expect(app.images.viewing).toBeNull());
  });

  it("stops no answer by the Escape that closes it", async () => {
    const { app, called } = await open();
    await app.talk.again(app.talk.messages.at(-1)!);
    expect(app.talk.failure).toBeNull();
    expect(app.talk.running).not.toBeNull();
    await user.keyboard("{Escape}");
    expect(called("answer_stop")).toEqual([]);
    await app.talk.stop();
  });

  it("says why an image cannot be shown", async () => {
    const { core } = await openLast();
    const first = await screen.findByRole("button", { name: /^Image Survey results\.png/ });
    await vi.waitFor(() => expect(first.querySelector("img")).not.toBeNull());
    core.failNext.set("attachment_show", { code: "not_found", message: "This image is not there any more." });
    await user.click(first);
    expect((await within(await screen.findByRole("dialog")).findByRole("alert")).textContent).toBe("This image is not there any more.");
  });
});

describe("a question in other words", () => {
  afterEach(() => void vi.restoreAllMocks());

  it("keeps its images, and is not sent to a model of text", async () => {
    const { app, called } = await openLast();
    const asked = app.talk.messages.find((message) => message.attachments.length > 1)!;
    app.talk.editing = asked.id;
    const field = await screen.findByRole("textbox", { name: "Your question, in other words" });
    const form = within(field.closest<HTMLElement>(".edit")!);
    expect(form.getAllByRole("button", { name: /^Image / })).toHaveLength(2);
    expect(form.getByText("orders.csv")).toBeTruthy();
    await app.talk.change({ model: app.library.models[0]!.id });
    expect(await form.findByText(/reads text only\. Choose a model that sees images\.$/)).toBeTruthy();
    expect(form.getByRole<HTMLButtonElement>("button", { name: "Send" }).disabled).toBe(true);
    await user.type(field, "{Enter}");
    expect(called("chat_send")).toEqual([]);
    await app.talk.change({ model: "anthropic/claude-opus-5" });
    await user.click(form.getByRole("button", { name: "Send" }));
    expect(called("chat_send")[0]?.args).toMatchObject({ edit_of: asked.id });
    await app.talk.stop();
  });
});
