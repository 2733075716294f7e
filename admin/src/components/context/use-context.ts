import { useQuery } from "@tanstack/react-query";
import { useEffect, useSyncExternalStore } from "react";

import { sessionQuery } from "@/api/queries";

import {
  contextIn,
  contextOf,
  faultsOf,
  formOf,
  NOBODY,
  type Context,
  type Form,
  type Row,
  type RowFault,
} from "./attributes";

/** What is typed: a form, or JSON while that is what is edited. */
interface Typed {
  readonly owner: string;
  readonly form: Form;
  readonly json: string | null;
  readonly units: string;
}

/** The context under edit. It lives in this tab's memory only: no storage and no address ever holds a value of it. */
export interface ContextEditing {
  readonly form: Form;
  readonly faults: readonly RowFault[];
  /** The text while it is edited as JSON, else null. */
  readonly json: string | null;
  readonly jsonFault: string | null;
  /** The context, or null while something in it is not right. */
  readonly context: Context | null;
  readonly setForm: (form: Form) => void;
  readonly setJson: (text: string | null) => void;
}

const NOTHING: Typed = { owner: "", form: NOBODY, json: null, units: "" };
let typed = NOTHING;
const listeners = new Set<() => void>();

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

function put(next: Partial<Typed>): void {
  typed = { ...typed, ...next };
  listeners.forEach((tell) => tell());
}

/** The units of questions about many, as they were pasted; in memory only, as the context is. */
export function useUnitsText(): readonly [string, (text: string) => void] {
  const { units } = useSyncExternalStore(subscribe, () => typed);
  return [units, (text) => put({ units: text })];
}

interface Beginning {
  /** What the address says of the context, when the screen is opened. */
  readonly unit?: string | undefined;
  readonly rows?: readonly Row[];
  /** Told which unit it is after each edit. */
  readonly onUnit?: (unit: string) => void;
}

/** The context that somebody types, the same on every screen that asks for one. */
export function useContextEditing({ unit, rows = [], onUnit }: Beginning = {}): ContextEditing {
  const { data: session } = useQuery(sessionQuery);
  const { owner, form, json } = useSyncExternalStore(subscribe, () => typed);
  const who = session?.name ?? "";
  useEffect(() => {
    if (!who) return;
    // Another person's context is nobody's business.
    if (owner !== who) put({ ...NOTHING, owner: who, form: { unit: "", rows } });
    if (unit && unit !== typed.form.unit) put({ form: { ...typed.form, unit }, json: null });
    // eslint-disable-next-line react-hooks/exhaustive-deps -- only the address that the screen was opened with counts
  }, [who, owner, unit]);
  const setForm = (next: Form) => {
    put({ form: next, json: null });
    onUnit?.(next.unit);
  };
  // The form of every JSON that is a context: both always say the same.
  const setJson = (text: string | null) => {
    const read = text === null ? null : contextIn(text);
    put(read && "context" in read ? { json: text, form: formOf(read.context) } : { json: text });
    onUnit?.(typed.form.unit);
  };
  const read = json === null ? null : contextIn(json);
  const jsonFault = read && "fault" in read ? read.fault : null;
  const faults = faultsOf(form);
  const context = jsonFault || faults.length ? null : contextOf(form);
  return { form, faults, json, jsonFault, context, setForm, setJson };
}
