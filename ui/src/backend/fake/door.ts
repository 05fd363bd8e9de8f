/** The made-up door: what is locked and what opens it, keys and tokens, backups. */
import type { Commands, Failure, Keeping, SecretInfo, Security, Way, WayIn } from "../../generated/wire";

type Handler<K extends keyof Commands> = (args: Commands[K]["args"]) => Commands[K]["value"] | Promise<Commands[K]["value"]>;

/** What opens every made-up lock. */
export const PASSPHRASE = "four quiet grey geese";
export const CODE = "7KQ2-M9XH-4TVB-0R3D-WZ8C-N5EA-J1";

const PLAIN: Keeping = { kind: "plain", reason: "Chats are kept unencrypted. This computer offers no keychain that can keep a key." };
const NO_KEYCHAIN = "This computer offers no keychain that can keep a key.";

const keychain: WayIn = { way: "keychain", detail: "GNOME Keyring" };
const passphrase: WayIn = { way: "passphrase", detail: "" };
const recovery: WayIn = { way: "recovery", detail: "" };
const administrator: WayIn = { way: "administrator", detail: "Example plc, records" };

const locked = (message: string, ways: Way[], by_user: boolean): Failure => ({ code: "store_locked", message, ways, by_user });

/** Why the window does not start with the chats, by scene. */
const closed: Record<string, Failure> = {
  locked: locked("Your chats are closed and their key is forgotten. Nothing was lost.", ["passphrase", "recovery"], true),
  lost: locked(
    "The key of your chats is no longer in this computer’s keychain: the keychain was emptied or replaced. Your chats are safe and encrypted, exactly as they were. Another way in opens them.",
    ["passphrase", "recovery", "keychain", "administrator"],
    false,
  ),
  "keychain-locked": locked("The keychain of this computer is locked, and the key of your chats is in it. Your chats are safe. Unlock the keychain, then ask it again.", ["keychain"], false),
  "new-passphrase": { code: "passphrase_needed", message: "Your organisation asks that chats are kept encrypted, and this computer offers no keychain. Nothing has been written yet." },
};

/** Ways in at the start, by scene. */
const begun: Record<string, WayIn[]> = {
  plain: [],
  protected: [keychain, passphrase, recovery],
  managed: [keychain, passphrase, administrator],
  locked: [passphrase, recovery],
  lost: [passphrase, recovery, administrator],
};

/** Keys that belong to something else than the door. */
export interface OtherKeys {
  list: () => SecretInfo[];
  /** Null where it knows no such key. */
  put: (id: string, last_four: string | null) => SecretInfo | null;
}

export class FakeDoor {
  /** Set while it is locked. */
  failure: Failure | null;
  keeping: Keeping;
  private ways: WayIn[];
  private known = PASSPHRASE;
  private readonly trouble: string | null;
  private readonly held: SecretInfo[];

  constructor(
    private readonly name: string,
    private readonly now: () => number,
    private readonly others: OtherKeys,
  ) {
    this.failure = closed[name] ?? null;
    this.keeping = name === "plain" ? PLAIN : { kind: "encrypted" };
    this.ways = begun[name] ?? [keychain];
    this.trouble = ["plain", "new-passphrase", "locked"].includes(name) ? NO_KEYCHAIN : null;
    const place = this.trouble === null ? "keychain" : "store";
    this.held = [{ id: "hub", name: "Token of the hub", last_four: name === "protected" ? "x4Qz" : null, place }];
  }

  get security(): Security {
    const can_lock = this.keeping.kind === "encrypted" && this.ways.some(({ way }) => way !== "keychain");
    return { keeping: this.keeping, ways: this.ways, keychain_trouble: this.trouble, can_lock, managed: this.name === "managed" };
  }

  private put(way: WayIn): Security {
    const order: Way[] = ["keychain", "passphrase", "recovery", "administrator"];
    this.ways = [...this.ways.filter((known) => known.way !== way.way), way].sort((a, b) => order.indexOf(a.way) - order.indexOf(b.way));
    return this.security;
  }

  private take(way: Way): Security {
    const left = this.ways.filter((known) => known.way !== way);
    if (left.length === 0) throw { code: "invalid_input", message: "This is the last way in. Nothing was changed: set another one first." } satisfies Failure;
    this.ways = left;
    return this.security;
  }

  private open(right: boolean, what: string): null {
    if (!right) throw { code: "wrong_key", message: `This ${what} opens nothing here. Nothing was changed; try again.` } satisfies Failure;
    this.failure = null;
    return null;
  }

  private secret(id: string, last_four: string | null): SecretInfo {
    if (last_four && this.keeping.kind === "plain") throw { code: "keychain_unavailable", message: "There is no safe place for a key here: no keychain, and the chats are not encrypted. Set a passphrase first." } satisfies Failure;
    return this.others.put(id, last_four) ?? Object.assign(this.held.find((known) => known.id === id)!, { last_four });
  }

  readonly handlers = {
    unlock: ((how) => {
      if (how.kind === "passphrase") return this.open(how.passphrase === this.known, "passphrase");
      const plain = (code: string) => code.replace(/[\s-]/g, "").toUpperCase();
      if (how.kind === "recovery") return this.open(plain(how.code) === plain(CODE), "recovery code");
      if (how.kind === "administrator") return this.open(false, "key file");
      throw { code: "keychain_unavailable", message: "The keychain did not answer. Nothing was changed." } satisfies Failure;
    }) satisfies Handler<"unlock">,
    lock: (() => {
      if (!this.security.can_lock) throw { code: "invalid_input", message: "Only the keychain opens these chats, and it would open them again at once." } satisfies Failure;
      this.failure = closed["locked"]!;
      return null;
    }) satisfies Handler<"lock">,
    present: (() => null) satisfies Handler<"present">,
    security: (() => this.security) satisfies Handler<"security">,
    passphrase_set: (({ passphrase: typed }) => {
      if ([...typed].length < 8) throw { code: "invalid_input", message: "A passphrase needs at least 8 characters." } satisfies Failure;
      this.known = typed;
      this.keeping = { kind: "encrypted" };
      this.failure = null;
      return this.put(passphrase);
    }) satisfies Handler<"passphrase_set">,
    passphrase_remove: (() => this.take("passphrase")) satisfies Handler<"passphrase_remove">,
    recovery_make: (() => {
      this.put(recovery);
      return { code: CODE };
    }) satisfies Handler<"recovery_make">,
    keychain_use: (({ on }) => (on ? this.put(keychain) : this.take("keychain"))) satisfies Handler<"keychain_use">,
    key_change: (({ passphrase: typed }) => {
      const carried = this.ways.some(({ way }) => way === "passphrase");
      if (carried && typed !== this.known) throw { code: "wrong_key", message: "This is not the passphrase. The key was not changed." } satisfies Failure;
      this.ways = this.ways.filter(({ way }) => way !== "recovery");
      return this.security;
    }) satisfies Handler<"key_change">,
    backup_make: (() => ({ path: "/media/stick/Drawbridge 2026-11-21.drawbridge-backup" })) satisfies Handler<"backup_make">,
    backup_restore: (({ passphrase: typed }) => {
      if (typed !== PASSPHRASE) throw { code: "wrong_key", message: "This passphrase does not open the backup. Nothing was changed." } satisfies Failure;
      return { made_at: this.now() - 3 * 86_400_000, chats: 41, kept: "/home/ada/.local/share/drawbridge/before-restore-2026-11-21" };
    }) satisfies Handler<"backup_restore">,
    secrets: (() => [...this.held, ...this.others.list()]) satisfies Handler<"secrets">,
    secret_paste: (({ id }) => this.secret(id, "9fT2")) satisfies Handler<"secret_paste">,
    secret_remove: (({ id }) => this.secret(id, null)) satisfies Handler<"secret_remove">,
  };
}
