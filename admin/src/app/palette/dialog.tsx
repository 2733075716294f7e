import { Modal, useMantineColorScheme } from "@mantine/core";
import { useRouter } from "@tanstack/react-router";
import { useDeferredValue, useMemo, useState } from "react";

import { useFocusBack } from "@/components/focus-back";
import { useKill } from "@/components/kill/kill";
import { best } from "@/text/fuzzy";

import { openKeys } from "../keys";
import { NAV } from "../nav";
import { signOut } from "../session-gate";
import styles from "./dialog.module.css";
import { entriesOf, type Deed } from "./entries";
import { List } from "./list";
import { useThings } from "./use-things";

const SHOWN = 40;
const PAGE_STEP = 8;

/** Finds anything by a part of its name, and does what is chosen. */
export default function PaletteDialog({ onClose }: { readonly onClose: () => void }) {
  useFocusBack();
  const [text, setText] = useState("");
  const [at, setAt] = useState(0);
  const things = useThings();
  const run = useDeeds();
  const entries = entriesOf(NAV, things);
  const wanted = useDeferredValue(text);
  const found = useMemo(() => best(entries, wanted, SHOWN), [entries, wanted]);
  const chosen = Math.min(at, Math.max(0, found.length - 1));
  const take = (index: number) => {
    const entry = found[index];
    if (!entry) return;
    onClose();
    run(entry.deed);
  };
  const moves: Readonly<Record<string, () => void>> = {
    ArrowDown: () => setAt((chosen + 1) % Math.max(1, found.length)),
    ArrowUp: () => setAt((chosen + found.length - 1) % Math.max(1, found.length)),
    PageDown: () => setAt(Math.min(found.length - 1, chosen + PAGE_STEP)),
    PageUp: () => setAt(Math.max(0, chosen - PAGE_STEP)),
    Enter: () => take(chosen),
  };
  return (
    <Modal
      opened
      onClose={onClose}
      withCloseButton={false}
      centered={false}
      yOffset="8vh"
      size={620}
      padding={0}
      transitionProps={{ duration: 0 }}
      attributes={{ content: { "aria-label": "Search and commands" } }}
    >
      <input
        type="text"
        role="combobox"
        className={styles.field}
        aria-label="Search and commands"
        aria-expanded="true"
        aria-controls="palette-list"
        aria-activedescendant={found.length ? `palette-${String(chosen)}` : undefined}
        aria-autocomplete="list"
        placeholder="Where to, or what to do?"
        autoComplete="off"
        spellCheck={false}
        data-autofocus
        ref={atOnce}
        value={text}
        onChange={(event) => {
          setText(event.currentTarget.value);
          setAt(0);
        }}
        onKeyDown={(event) => {
          const move = event.nativeEvent.isComposing ? undefined : moves[event.key];
          if (!move) return;
          event.preventDefault();
          move();
        }}
      />
      <List entries={found} chosen={chosen} onTake={take} />
      <p className={styles.foot} role="status">
        {things.failed
          ? "Some of it could not be read; what is listed is not everything."
          : things.waiting
            ? "Still reading what there is…"
            : found.length
              ? "↑ ↓ to choose, Enter to go, Esc to close"
              : "Nothing like that."}
      </p>
    </Modal>
  );
}

/** The field has the focus from its first moment: the dialog gives it later, and keys pressed before would be lost. */
function atOnce(field: HTMLInputElement | null): void {
  field?.focus({ preventScroll: true });
}

/** Does what an entry says. */
function useDeeds(): (deed: Deed) => void {
  const router = useRouter();
  const kill = useKill();
  const { setColorScheme } = useMantineColorScheme();
  return (deed) => {
    if ("go" in deed) router.history.push(`${router.basepath}${deed.go}`);
    else if ("kill" in deed) void kill(deed.kill);
    else if ("scheme" in deed) setColorScheme(deed.scheme);
    else if (deed.call === "keys") openKeys();
    else void signOut();
  };
}
