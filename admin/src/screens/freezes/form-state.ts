import type { Schemas } from "@/api/client";

import { instantOf, localOf, type Weekly } from "./words";

type Freeze = Schemas["Freeze"];

export type Mode = "open" | "span" | "weekly";

/** A freeze as its form has it. */
export interface FreezeForm {
  readonly key: string;
  readonly reason: string;
  readonly mode: Mode;
  /** In the reader's zone, as a `datetime-local` field has it. */
  readonly from: string;
  readonly until: string;
  readonly weekly: Weekly;
}

const FRIDAY: Weekly = { weekdays: ["friday"], start: "14:00", end: "00:00", zone: "Europe/Berlin" };

export function blankFreeze(): FreezeForm {
  const { timeZone } = new Intl.DateTimeFormat().resolvedOptions();
  return { key: "", reason: "", mode: "open", from: "", until: "", weekly: { ...FRIDAY, zone: timeZone } };
}

export function formOf(freeze: Freeze): FreezeForm {
  return {
    ...blankFreeze(),
    key: freeze.key,
    reason: freeze.reason,
    mode: freeze.weekly ? "weekly" : freeze.until || freeze.from ? "span" : "open",
    from: localOf(freeze.from),
    until: localOf(freeze.until),
    ...(freeze.weekly && { weekly: freeze.weekly }),
  };
}

/** The body that stores it; texts that the form does not show stay as they were. */
export function freezeBody(form: FreezeForm, stored: Freeze | null): Schemas["FreezeCreate"] {
  const kept = stored as unknown as Partial<Schemas["FreezeCreate"]> | null;
  const span = form.mode === "span";
  const members = {
    key: form.key,
    name: kept?.name ?? null,
    description: kept?.description ?? null,
    owner: kept?.owner ?? null,
    tags: kept?.tags ?? [],
    reason: form.reason,
    from: span ? instantOf(form.from) : null,
    until: span ? instantOf(form.until) : null,
    weekly: form.mode === "weekly" ? { ...form.weekly, weekdays: [...form.weekly.weekdays] } : null,
  };
  return members as unknown as Schemas["FreezeCreate"]; // what the service adds may be left out
}

/** Whether everything that is needed is there. */
export function isWhole({ key, reason, mode, from, until, weekly }: FreezeForm): boolean {
  if (!key || !reason.trim()) return false;
  if (mode === "span") return Boolean(from || until);
  return (
    mode === "open" || (weekly.weekdays.length > 0 && Boolean(weekly.start && weekly.end && weekly.zone))
  );
}
