const PAUSE_MS = 900;
const TEXTLESS = new Set(["checkbox", "radio", "button", "submit", "reset", "range", "color", "file"]);

interface Pressed {
  readonly key: string;
  /** In milliseconds, by the clock of events. */
  readonly at: number;
}

/** The sequence that a key ends: `g f` when `g` came shortly before, else ` f`. */
export function pressedAfter(before: Pressed, key: string, at: number): string {
  return `${at - before.at < PAUSE_MS ? before.key : ""} ${key}`;
}

/** Whether a key goes into a text, and is no command. */
export function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target instanceof HTMLInputElement) return !TEXTLESS.has(target.type);
  return (
    target.isContentEditable || target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement
  );
}
