/** The made-up record: what crossed, the log, an administrator's policy. */
import type { AuditRecord, ChatId, Commands, Crossing, LedgerEntry, Managed, PolicyEntry } from "../../generated/wire";
import { crossed } from "./computer";

type Handler<K extends keyof Commands> = (args: Commands[K]["args"]) => Commands[K]["value"] | Promise<Commands[K]["value"]>;

const FILE = "/etc/drawbridge/policies/managed/10-records.json";
const BEFORE: PolicyEntry["replaces"] = [{ kind: "managed", file: "/etc/drawbridge/policies/managed/05-base.json", line: 4 }];
const PROBLEM = "/etc/drawbridge/policies/managed/20-egress.json, line 7: “egress.allowed_hosts” must be a list of host names. Until it is mended nothing crosses.";
const PUBLIC_KEY = "8c1e4f90a37b2d56e0c94b1f7a82d3650fb4c6e19d27a85301be6f4c98d2a713";

const unmanaged: Managed = { managed: false, banner: null, locked: [], copy: true, export: true, problems: [] };

const entry = (key: string, value: unknown, words: string, line: number, recommended = false): PolicyEntry => ({
  key,
  value: JSON.stringify(value),
  words,
  origin: recommended ? { kind: "recommended", file: "/etc/drawbridge/policies/recommended/defaults.json", line } : { kind: "managed", file: FILE, line },
  replaces: [],
});

/** One of each kind, so that every sentence can be looked at; and one that no version knows. */
const happened: [event: string, facts: [string, string][]][] = [
  ["opened", [["encrypted", "true"]]],
  ["way_set", [["way", "passphrase"]]],
  ["crossing", [["purpose", "model_search"], ["host", "huggingface.co"]]],
  ["crossing", [["purpose", "model_search"], ["host", "huggingface.co"], ["bytes_in", "18240"]]],
  ["answered", [["chat", "hmac:5d0c1f…"], ["model", "Qwen3 4B Instruct"], ["place", "this_computer"], ["tokens_out", "212"]]],
  ["crossing", [["purpose", "model_download"], ["host", "tracker.example.net"], ["rule", "download_hosts"]]],
  ["exported", [["chat", "hmac:5d0c1f…"], ["format", "markdown"]]],
  ["reconfigured", [["names", '["network.proxy"]']]],
  ["locked", [["reason", "idle"]]],
  ["unlock_failed", [["way", "passphrase"]]],
  ["tide.turned", [["height_mm", "2140"]]],
];

export class FakeRecord {
  private readonly entries: LedgerEntry[];
  private readonly records: AuditRecord[];
  readonly managed: Managed;

  constructor(
    private readonly name: string,
    now: () => number,
    query: URLSearchParams,
    first: ChatId | null,
  ) {
    const list = query.has("nothing-crossed") ? [] : query.has("crowded") ? Array.from({ length: 24 }, () => crossed(now())).flat() : crossed(now());
    this.entries = list.map((crossing: Crossing, n) => ({ seq: 2 * (list.length - n), crossing, chat: crossing.purpose === "provider_chat" ? { reference: "5d0c1f77a2c94be08d13f6e2b7a9c410", chat: first, title: "What the board decided" } : null }));
    const total = query.has("crowded") ? 130 : happened.length;
    this.records = Array.from({ length: total }, (_, n) => {
      const [event, facts] = happened[(total - 1 - n) % happened.length]!;
      const hash = (n * 2_654_435_761 + 0x9e37).toString(16).padStart(16, "0").repeat(4).slice(0, 64);
      return { seq: total - 1 - n, at: now() - n * 1_260_000, event, facts: facts.map(([name, value]) => ({ name, value })), hash };
    });
    const kept = { managed: true, banner: "This computer is for work. What you write here may be kept for six years.", copy: false, export: false };
    const locked = ["network.proxy", "network.download_hosts", "lock_minutes", "lock_on_sleep"].map((setting) => ({ setting, file: FILE }));
    this.managed = name === "managed" ? { ...kept, locked, problems: [] } : name === "policy-broken" ? { ...unmanaged, managed: true, problems: [PROBLEM] } : unmanaged;
  }

  readonly handlers = {
    ledger: (({ before, purpose, host, refused, limit }) => {
      const all = this.entries.filter(({ seq, crossing }) => (before === null || seq < before) && (purpose === null || crossing.purpose === purpose) && crossing.host.includes(host) && (!refused || crossing.outcome.kind === "refused"));
      return { entries: all.slice(0, limit), more: all.length > limit };
    }) satisfies Handler<"ledger">,
    audit: (({ before, event, limit }) => {
      const all = this.records.filter((record) => (before === null || record.seq < before) && (event === null || record.event === event));
      return { records: all.slice(0, limit), more: all.length > limit, events: [...new Set(this.records.map((record) => record.event))].sort() };
    }) satisfies Handler<"audit">,
    audit_check: (() =>
      this.name === "log-altered"
        ? { intact: false, words: "Record 41 was changed after it was written. Everything before it is as it was written.", records: 1_204, signed_to: 40, public_key: PUBLIC_KEY }
        : { intact: true, words: "Every record is as it was written.", records: this.records.length, signed_to: this.records.length - 2, public_key: PUBLIC_KEY }) satisfies Handler<"audit_check">,
    audit_export: (({ format }) => ({ path: `/home/ada/drawbridge-log.${format === "cef" ? "log" : format === "ocsf" ? "ocsf.jsonl" : format}` })) satisfies Handler<"audit_export">,
    audit_checkpoint: (() => ({ path: "/media/stick/drawbridge-checkpoint.json" })) satisfies Handler<"audit_checkpoint">,
    policy: (() => {
      const entries = [
        entry("audit.retention_days", 2190, "The log is kept for 2,190 days.", 3),
        entry("clipboard.copy", false, "Answers cannot be copied.", 4),
        entry("egress.allowed_hosts", ["hub.example.org"], "Only these hosts may be reached.", 5),
        { ...entry("egress.proxy", "http://proxy.example.org:3128", "Everything that crosses goes through this proxy.", 6), replaces: BEFORE },
        entry("export.allowed", false, "Chats cannot be exported.", 8),
        entry("storage.encryption", "required", "Chats are kept encrypted or not at all.", 9),
        entry("ui.banner", this.managed.banner, "This sentence stands at the top of the window.", 10),
        entry("network.hub", "https://hub.example.org", "Models come from here, unless you choose another.", 2, true),
      ];
      const managed = this.name === "managed";
      return { entries: managed ? entries : [], problems: this.managed.problems, sha256: "b1f0c3d2e4a5968778695a4b3c2d1e0ff0e1d2c3b4a5968778695a4b3c2d1e0f" };
    }) satisfies Handler<"policy">,
  };
}
