import { concerns, type Topic } from "@/api/follows";
import type { QueryClient } from "@tanstack/react-query";

import { backoff } from "./backoff";
import { missed, topicsOfChange, topicsOfMove, type Changed, type Hello, type Moved } from "./events";

const STREAM = "/api/v1/stream";
const BATCH_MS = 300;
const POLL_MS = 15_000;
const HIDDEN_MS = 120_000;
const SILENT_MS = 40_000; // two heartbeats and some

interface Said {
  readonly hello: Hello;
  readonly change: Changed;
  readonly rollout: Moved;
  readonly binding: Moved;
  readonly health: object;
}

export type Pill = { readonly state: "opening" | "live" | "connecting" | "stale"; readonly since: number };

/**
 * The one stream of this tab: it tells the query cache what is no longer fresh. Lost, it tries again with growing
 * pauses, and meanwhile everything on the screen is asked for anew every 15 s. A tab that nobody sees closes it.
 */
export class Connection {
  pill: Pill = { state: "opening", since: Date.now() };
  private source: EventSource | null = null;
  private heads: Hello["heads"] = {};
  private attempt = 0;
  private waiting: Topic[] = [];
  private readonly timers = new Map<string, number>();
  private readonly listeners = new Set<() => void>();
  private readonly changes = new Set<(change: Changed) => void>();

  constructor(private readonly cache: QueryClient) {}

  /** Opens the stream and keeps it open; returns the way to end it. */
  start(): () => void {
    document.addEventListener("visibilitychange", this.seen);
    this.open();
    return () => {
      document.removeEventListener("visibilitychange", this.seen);
      this.timers.forEach((timer) => window.clearTimeout(timer));
      this.timers.clear();
      this.close();
    };
  }

  /** For useSyncExternalStore. */
  readonly subscribe = (listener: () => void) => {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  };

  /** Calls back with each change as it arrives. */
  onChange(listener: (change: Changed) => void): () => void {
    this.changes.add(listener);
    return () => void this.changes.delete(listener);
  }

  private open(): void {
    this.close();
    const source = new EventSource(STREAM);
    this.source = source;
    const on = <N extends keyof Said>(name: N, take: (data: Said[N]) => void) =>
      source.addEventListener(name, (event) => {
        this.heard();
        take(JSON.parse((event as MessageEvent<string>).data) as Said[N]);
      });
    on("hello", (hello) => this.greeted(hello));
    on("change", (change) => this.changed(change));
    on("rollout", (moved) => this.stale(topicsOfMove("rollout", moved)));
    on("binding", (moved) => this.stale(topicsOfMove("binding", moved)));
    on("health", () => this.stale([{ kind: "health", environment: "*" }]));
    source.addEventListener("farewell", () => this.lost());
    source.onerror = () => this.lost();
    this.heard();
  }

  private close(): void {
    this.source?.close();
    this.source = null;
  }

  private greeted(hello: Hello): void {
    const away = missed(this.heads, hello.heads);
    if (this.attempt || Object.keys(this.heads).length) this.refresh(away);
    this.heads = hello.heads;
    this.attempt = 0;
    this.cancel("poll");
    this.show("live");
  }

  /** After a pause everything without a revision of its own is asked for again, and what belongs to changed heads. */
  private refresh(environments: readonly string[]): void {
    const status = ["rollout-status", "binding-status", "health", "client"].map((kind) => ({
      kind,
      environment: "*",
    }));
    this.stale([...status, ...environments.map((environment) => ({ kind: "*", environment }))]);
    if (environments.length) void this.cache.invalidateQueries();
  }

  private changed(change: Changed): void {
    const known = this.heads[change.environment];
    if (known) this.heads = { ...this.heads, [change.environment]: { ...known, revision: change.revision } };
    this.stale(topicsOfChange(change));
    this.changes.forEach((tell) => tell(change));
  }

  private stale(topics: readonly Topic[]): void {
    this.waiting.push(...topics);
    if (!this.timers.has("batch")) this.after("batch", BATCH_MS, () => this.flush());
  }

  private flush(): void {
    const happened = this.waiting.splice(0);
    void this.cache.invalidateQueries({
      predicate: (query) =>
        (query.meta?.follows ?? []).some((followed) => happened.some((topic) => concerns(followed, topic))),
    });
  }

  private heard(): void {
    this.after("silence", SILENT_MS, () => this.lost());
  }

  private lost(): void {
    this.close();
    this.cancel("silence");
    this.show("connecting");
    this.after("open", backoff(this.attempt++, Math.random), () => this.open());
    if (!this.timers.has("poll")) this.after("poll", POLL_MS, () => this.poll());
  }

  private poll(): void {
    this.show("stale");
    void this.cache.invalidateQueries();
    this.after("poll", POLL_MS, () => this.poll());
  }

  private readonly seen = () => {
    if (document.hidden) this.after("hidden", HIDDEN_MS, () => this.sleep());
    else if (this.timers.has("hidden")) this.cancel("hidden");
    else if (!this.source) this.open();
  };

  private sleep(): void {
    this.close();
    ["open", "poll", "silence"].forEach((name) => this.cancel(name));
    this.show("stale");
  }

  private show(state: Pill["state"]): void {
    if (this.pill.state === state) return;
    this.pill = { state, since: Date.now() };
    this.listeners.forEach((tell) => tell());
  }

  private after(name: string, milliseconds: number, then: () => void): void {
    this.cancel(name);
    const run = () => {
      this.timers.delete(name);
      then();
    };
    this.timers.set(name, window.setTimeout(run, milliseconds));
  }

  private cancel(name: string): void {
    window.clearTimeout(this.timers.get(name));
    this.timers.delete(name);
  }
}
