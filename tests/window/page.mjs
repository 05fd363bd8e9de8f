// The page as a person sees it: what the specs do and read, by accessible names. The only file that knows the markup.
import { Key } from "webdriverio";
import { until } from "./window.mjs";

const COMPOSER = 'textarea[aria-label="Your question"]';
const QUESTIONS = 'article[aria-label^="You,"]';
const ANSWERS = 'article[aria-label^="Answer of"]';
const ROWS = 'nav[aria-label="Chats"] [data-row]';

export class Page {
  constructor(browser) {
    this.browser = browser;
  }

  /** Waits until one can type. */
  async ready() {
    await until("the composer", () => this.has(COMPOSER));
    return this;
  }

  /** Waits until one can type, and the chat that was open last is shown. */
  async readyWithMessages() {
    await this.ready();
    await until("the messages", () => this.has(QUESTIONS));
    return this;
  }

  has = (selector) => this.browser.execute((css) => document.querySelector(css) !== null, selector);
  #texts = (selector) => this.browser.execute((css) => [...document.querySelectorAll(css)].map((one) => one.innerText.trim()), selector);

  /** Everything that can be read. */
  words = () => this.browser.execute(() => document.body.innerText);
  sees = (text) => until(`to read “${text}”`, async () => (await this.words()).includes(text));

  questions = () => this.#texts(`${QUESTIONS} .bubble`);
  /** The answers' texts, without what stands under them. */
  answers = () =>
    this.browser.execute((css) => [...document.querySelectorAll(css)].map((one) => one.querySelector(".markdown")?.innerText.trim() ?? ""), ANSWERS);
  answer = async () => (await this.answers()).at(-1) ?? "";
  /** How the last answer ended, where it did not simply end. */
  ending = async () => (await this.#texts(`${ANSWERS} .end p`)).at(-1) ?? "";
  chats = () => this.#texts(ROWS);
  draft = () => this.browser.$(COMPOSER).getValue();

  type = (text) => this.browser.$(COMPOSER).setValue(text);
  press = (...keys) => this.browser.keys(keys);
  command = (key) => this.browser.keys([Key.Ctrl, key]);

  async send(text) {
    await this.type(text);
    await this.browser.$(COMPOSER).addValue(Key.Enter);
  }

  /** Asks, and waits for the whole answer. */
  async ask(text) {
    const before = (await this.answers()).length;
    await this.send(text);
    await until("a new answer", async () => (await this.answers()).length > before);
    return this.answered();
  }

  /** Waits for the end of the answer under way. */
  async answered() {
    await until("the answer's end", async () => (await this.has(ANSWERS)) && !(await this.streaming()));
    return this.answer();
  }

  streaming = () => this.has(`${ANSWERS}[aria-busy="true"], button[aria-label="Stop"]`);

  /** Waits until at least so many characters of the answer under way are shown; gives them. */
  shown = (characters) =>
    until(`${characters} characters of an answer under way`, async () => {
      const text = (await this.streaming()) ? await this.answer() : "";
      return text.length >= characters && text;
    });

  /** Clicks the last button of this name: the one of the newest message. Waits for it, and takes the one in its place
   * where the page was drawn anew between the look and the click. */
  click = (name, within = "") =>
    until(`a button “${name}”`, async () => {
      const button = (await this.browser.$$(`${within} button[aria-label="${name}"]`).getElements()).at(-1);
      try {
        await button?.click();
      } catch (error) {
        if (/stale element/.test(error.message)) return false;
        throw error;
      }
      return button !== undefined;
    });
  clickWords = async (words, within = "body") => {
    const found = await until(`a button “${words}”`, () =>
      this.browser.execute(
        (css, text) => {
          const button = [...document.querySelectorAll(`${css} :is(button, label, [role="menuitem"])`)].filter((one) => one.innerText.trim().startsWith(text)).at(-1);
          button?.setAttribute("data-wanted", text);
          return Boolean(button);
        },
        within,
        words,
      ),
    );
    if (found) await this.browser.$(`[data-wanted="${words}"]`).click();
    await this.browser.execute(() => document.querySelectorAll("[data-wanted]").forEach((one) => one.removeAttribute("data-wanted")));
  };

  stop = () => this.click("Stop");
  newChat = async () => {
    await this.sideBar();
    await this.click("New chat", "aside");
    await until("an empty chat", async () => !(await this.has(QUESTIONS)));
  };
  /** `2/3` under the last question or answer that has versions. */
  versions = async () => (await this.#texts(".versions [aria-label*=' of ']")).at(-1) ?? "";
  /** Opens the side bar where it is folded away. */
  sideBar = async () => {
    // A window that has just opened may be narrow for a moment, until it has its size: its button goes again then.
    await until("the side bar", async () => {
      if (await this.has("aside .places")) return true;
      await this.browser.execute(() => document.querySelector('button[aria-label="Show the list"]')?.click());
      return false;
    });
  };
  /** Goes to a place of the side bar. */
  go = async (place) => {
    await this.sideBar();
    await this.clickWords(place, "aside");
  };
  openChat = async (title) => {
    await this.browser.execute((css, text) => [...document.querySelectorAll(css)].find((row) => row.innerText.includes(text))?.click(), ROWS, title);
  };
}
