/** How the chats are kept, which ways lead in, and the keys and tokens. What a person types passes through and is never held. */
import { type Backend, failureOf } from "../backend/backend";
import type { Exported, Failure, Restored, SecretInfo, Security, Way } from "../generated/wire";

export class Keys {
  /** Null before the core has said it. */
  security = $state.raw<Security | null>(null);
  secrets = $state.raw<SecretInfo[]>([]);
  /** Something other than the keychain opens the chats, so locking them means something. */
  readonly lockable = $derived(this.security?.can_lock ?? false);

  constructor(
    private readonly backend: Backend,
    /** Told whenever the way in which chats are kept may have changed. */
    private readonly told: (security: Security) => void,
  ) {}

  has(way: Way): boolean {
    return this.security?.ways.some((known) => known.way === way) ?? false;
  }

  /** Reads everything anew; the failure, where it could not. */
  load(): Promise<Failure | null> {
    return this.tried(async () => {
      this.put(await this.backend.call("security", null));
      this.secrets = await this.backend.call("secrets", null);
    });
  }

  setPassphrase(passphrase: string): Promise<Failure | null> {
    return this.tried(async () => this.put(await this.backend.call("passphrase_set", { passphrase })));
  }

  removePassphrase(): Promise<Failure | null> {
    return this.tried(async () => this.put(await this.backend.call("passphrase_remove", null)));
  }

  useKeychain(on: boolean): Promise<Failure | null> {
    return this.tried(async () => this.put(await this.backend.call("keychain_use", { on })));
  }

  changeKey(passphrase: string | null): Promise<Failure | null> {
    return this.tried(async () => this.put(await this.backend.call("key_change", { passphrase })));
  }

  /** A new recovery code. It is not held here: whoever asked shows it once. */
  async makeRecovery(): Promise<string> {
    const { code } = await this.backend.call("recovery_make", null);
    await this.load();
    return code;
  }

  /** Null where the user picked no file. */
  makeBackup(passphrase: string): Promise<Exported | null> {
    return this.backend.call("backup_make", { passphrase });
  }

  restoreBackup(passphrase: string): Promise<Restored | null> {
    return this.backend.call("backup_restore", { passphrase });
  }

  /** The core takes the value from the clipboard; it never comes here. */
  pasteSecret(id: string): Promise<Failure | null> {
    return this.tried(async () => this.known(await this.backend.call("secret_paste", { id })));
  }

  removeSecret(id: string): Promise<Failure | null> {
    return this.tried(async () => this.known(await this.backend.call("secret_remove", { id })));
  }

  private put(security: Security): void {
    this.security = security;
    this.told(security);
  }

  private known(secret: SecretInfo): void {
    this.secrets = this.secrets.map((old) => (old.id === secret.id ? secret : old));
  }

  private async tried(act: () => Promise<unknown>): Promise<Failure | null> {
    try {
      await act();
      return null;
    } catch (thrown) {
      return failureOf(thrown);
    }
  }
}
