import { useEffect, useId, useState, type FocusEvent, type MouseEvent } from "react";

import { When } from "@/components/when";
import { cellSaid, type Cell } from "@/text/cells";
import { short } from "@/text/numbers";

import { usesOf, type Flag, type MatrixEnvironment } from "./filter";
import styles from "./table.module.css";

const PAUSE_MS = 250;
const WIDTH = 288;
const MARGIN = 8;
const ROOM = 220;

interface Shown {
  readonly button: HTMLElement;
  readonly flag: string;
  readonly environment: string;
}

interface Watching {
  readonly onMouseOver: (event: MouseEvent) => void;
  readonly onMouseLeave: () => void;
  readonly onFocus: (event: FocusEvent) => void;
  readonly onBlur: () => void;
}

/**
 * One card for all cells of a table, beside the state that has the pointer or the focus: what a cell has no room for.
 * Gives what the table has to listen to. Escape puts it away, and so does scrolling.
 */
export function useCellCard(): { readonly shown: Shown | null; readonly watching: Watching } {
  const [shown, setShown] = useState<Shown | null>(null);
  const [next, setNext] = useState<Shown | null>(null);
  useEffect(() => {
    const timer = window.setTimeout(() => setShown(next), PAUSE_MS);
    return () => window.clearTimeout(timer);
  }, [next]);
  useEffect(() => {
    if (!shown) return;
    const away = () => setShown(null);
    const escape = (event: KeyboardEvent) => event.key === "Escape" && away();
    window.addEventListener("scroll", away, { passive: true });
    document.addEventListener("keydown", escape);
    return () => {
      window.removeEventListener("scroll", away);
      document.removeEventListener("keydown", escape);
    };
  }, [shown]);
  const watching: Watching = {
    onMouseOver: ({ target }) => setNext((now) => stateAt(target) ?? (onCard(target) ? now : null)),
    onMouseLeave: () => setNext(null),
    onFocus: ({ target }) => setNext(target.matches(":focus-visible") ? stateAt(target) : null),
    onBlur: () => setNext(null),
  };
  return { shown, watching };
}

function stateAt(target: EventTarget): Shown | null {
  const button = target instanceof Element ? target.closest<HTMLElement>("button[data-flag]") : null;
  const { flag, environment } = button?.dataset ?? {};
  return button && flag && environment ? { button, flag, environment } : null;
}

function onCard(target: EventTarget): boolean {
  return target instanceof Element && target.closest("[role=tooltip]") !== null;
}

interface CellCardProps {
  readonly shown: Shown;
  readonly flag: Flag;
  readonly environment: MatrixEnvironment;
  readonly cell: Cell;
}

/** State in a sentence, uses, who asked last, who changed it last. */
export function CellCard({ shown: { button }, flag, environment, cell }: CellCardProps) {
  const id = useId();
  useEffect(() => {
    button.setAttribute("aria-describedby", id);
    return () => button.removeAttribute("aria-describedby");
  }, [button, id]);
  const box = button.getBoundingClientRect();
  const above = box.bottom + ROOM > window.innerHeight;
  const left = Math.min(Math.max(MARGIN, box.left), window.innerWidth - WIDTH - MARGIN);
  return (
    <div
      id={id}
      role="tooltip"
      className={styles.card}
      style={above ? { left, bottom: window.innerHeight - box.top + 4 } : { left, top: box.bottom + 4 }}
    >
      <strong>
        {flag.key} in {environment.name ?? environment.key}
      </strong>
      <p>{cellSaid(cell).sentence}</p>
      <dl>
        <dt>Uses in 24 h</dt>
        <dd>{cell.uses ? short(usesOf(cell)) : "none reported"}</dd>
        <dt>Last evaluated</dt>
        <dd>
          <When at={cell.lastEvaluatedAt} />
        </dd>
        <dt>Last changed</dt>
        <dd>
          <When at={cell.changedAt} /> by {cell.changedBy}
        </dd>
      </dl>
      {!flag.archived && (
        <p className={styles.press}>
          Press {cell.enabled ? "for the kill switch" : "to review switching it on"}.
        </p>
      )}
    </div>
  );
}
