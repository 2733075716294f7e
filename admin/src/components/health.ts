import type { System } from "@/api/service";
import type { Tone } from "@/components/tag";
import { list, sizes } from "@/text/numbers";

type Check = System["redis"];
type Name = "database" | "redis" | "confirmation" | "disk" | "memory";

/** Something the service depends on: how it is, and what that means. */
export interface Dependency {
  readonly name: string;
  readonly about: string;
  readonly word: string;
  readonly tone: Tone;
  readonly value: string;
  readonly since: string | null;
  /** What it means while it is not as it should be; empty while it is. */
  readonly meanwhile: string;
}

const WORDS: Readonly<Record<Check["status"], readonly [string, Tone]>> = {
  ok: ["ok", "ok"],
  degraded: ["degraded", "warn"],
  down: ["down", "bad"],
  off: ["not used", "quiet"],
  unknown: ["not known yet", "quiet"],
};

const ABOUT: readonly (readonly [Name, string, string, string])[] = [
  [
    "database",
    "Database",
    "the truth: every document, change and token",
    "Decisions go on from memory. Nothing can be changed and nobody can sign in until it is back.",
  ],
  [
    "redis",
    "Redis",
    "carries changes to SDKs and other replicas",
    "Decisions go on, and changes can be made. SDKs that follow Redis keep what they have and receive the changes once it is back; those that follow this service directly are not concerned.",
  ],
  [
    "confirmation",
    "Snapshot",
    "confirmed by the database, again and again",
    "Decisions go on from what was last confirmed, which may be out of date.",
  ],
  [
    "disk",
    "Disk",
    "room for the database, where it is a file of this service",
    "Everything still works. Make room before writes fail.",
  ],
  [
    "memory",
    "Memory",
    "of the container or the machine",
    "Everything still works. Give it more before it is ended from outside.",
  ],
];

/** All that the service depends on, in the order in which it matters. */
export function dependencies(system: System): readonly Dependency[] {
  return ABOUT.map(([name, title, about, meanwhile]) => {
    const check = system[name];
    const [word, tone] = WORDS[check.status];
    return {
      name: name === "database" ? `${title} (${system.database.kind})` : title,
      about,
      word,
      tone,
      value: sizes(check.value),
      since: check.since,
      meanwhile: tone === "warn" || tone === "bad" ? meanwhile : "",
    };
  });
}

/** What is not as it should be. */
export function troubles(system: System): readonly Dependency[] {
  return dependencies(system).filter(({ meanwhile }) => meanwhile);
}

/** The state of the service in a sentence, and its tone. */
export function headline(system: System): { readonly title: string; readonly tone: Tone } {
  if (system.status === "unready")
    return { title: `Not ready: ${list(system.reasons) || "it does not say why"}`, tone: "bad" };
  const names = troubles(system).map(({ name, word }) => `${name} is ${word}`);
  if (system.status === "degraded")
    return { title: `Degraded: ${list(names) || "something it depends on fails"}`, tone: "warn" };
  return { title: "Everything works", tone: "ok" };
}

/** How the copy in Redis stands to what decides here. */
export function published(
  system: System,
  { revision, publishedRevision }: System["snapshot"][string],
): { readonly word: string; readonly tone: Tone } {
  if (system.redis.status === "off") return { word: "no Redis", tone: "quiet" };
  if (publishedRevision === null) return { word: "no change since the start", tone: "quiet" };
  const behind = revision - publishedRevision;
  if (behind <= 0) return { word: "in Redis", tone: "ok" };
  return { word: `${String(behind)} behind in Redis`, tone: "warn" };
}
