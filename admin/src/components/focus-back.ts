import { useLayoutEffect, useState } from "react";

let opener: Element | null = null;

/** What has the focus outside of any dialog, or had it when the first of a chain of dialogs opened. */
function openerNow(): Element | null {
  const active = document.activeElement;
  if (active && !active.closest("[role=dialog]")) opener = active;
  return opener;
}

/**
 * For a dialog that is there only while it is open: when it goes, whatever had the focus before has it again. (What
 * Mantine does by itself needs the dialog to stay and be told that it is closed.)
 */
export function useFocusBack(): void {
  const [before] = useState(openerNow);
  useLayoutEffect(
    () => () =>
      queueMicrotask(() => {
        const elsewhere = document.activeElement?.closest("[role=dialog]"); // another dialog followed at once
        if (before instanceof HTMLElement && before.isConnected && !elsewhere)
          before.focus({ preventScroll: true });
      }),
    [before],
  );
}
