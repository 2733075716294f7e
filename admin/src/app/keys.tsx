import { Kbd, Modal, Switch } from "@mantine/core";
import { useDisclosure, useLocalStorage } from "@mantine/hooks";
import { useNavigate } from "@tanstack/react-router";
import { useEffect, useRef } from "react";

import styles from "./keys.module.css";
import { NAV } from "./nav";
import { openPalette } from "./palette";
import { signal } from "./signal";
import { isTyping, pressedAfter } from "./single-keys";

const asked = signal();

/** Shows the list of keys. */
export const openKeys = asked.send;

const LISTS: readonly { readonly title: string; readonly keys: readonly (readonly [string, string])[] }[] = [
  {
    title: "Everywhere",
    keys: [
      ["Ctrl K", "Search and commands"],
      ["/", "Search on this screen"],
      ["?", "This list"],
      ["Esc", "Close what is open; what you typed is asked about or kept"],
    ],
  },
  {
    title: "On a rollout",
    keys: [
      ["p", "Promote"],
      ["space", "Pause or resume"],
      ["a", "Abort"],
    ],
  },
  { title: "Go to", keys: NAV.map(({ keys, label }) => [keys, label] as const) },
];

/** Single keys, which can be switched off: `g f` goes to the flags, `/` searches, `?` lists them all. */
export function Keys() {
  const navigate = useNavigate();
  const [shown, help] = useDisclosure();
  const [on, setOn] = useLocalStorage({ key: "flagsvc-keys", defaultValue: true });
  const before = useRef({ key: "", at: 0 });
  useEffect(() => asked.listen(help.open), [help]);
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      if (!on || event.ctrlKey || event.metaKey || event.altKey || event.repeat || event.defaultPrevented)
        return;
      if (isTyping(event.target) || document.querySelector("[role=dialog]")) return;
      const keys = pressedAfter(before.current, event.key, event.timeStamp);
      before.current = { key: event.key, at: event.timeStamp };
      const screen = NAV.find((each) => each.keys === keys);
      if (screen) void navigate({ to: screen.to });
      else if (event.key === "?") help.open();
      else if (event.key === "/") search(event);
    };
    document.addEventListener("keydown", pressed);
    return () => document.removeEventListener("keydown", pressed);
  }, [on, navigate, help]);
  return (
    <Modal
      opened={shown}
      onClose={help.close}
      title={<strong>Keys</strong>}
      size="lg"
      closeButtonProps={{ "aria-label": "Close" }}
    >
      <Switch
        label="Single keys are on"
        description="Ctrl K and Esc always are."
        checked={on}
        onChange={(event) => setOn(event.currentTarget.checked)}
        mb="md"
      />
      <div className={styles.lists}>
        {LISTS.map(({ title, keys }) => (
          <section key={title}>
            <h3 className={styles.title}>{title}</h3>
            <dl className={styles.list}>
              {keys.map(([key, does]) => (
                <div key={key}>
                  <dt>
                    {key.split(" ").map((each) => (
                      <Kbd key={each} size="xs">
                        {each}
                      </Kbd>
                    ))}
                  </dt>
                  <dd>{does}</dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </Modal>
  );
}

/** The search field of the screen, or else the palette. */
function search(event: KeyboardEvent): void {
  event.preventDefault();
  const field = document.querySelector<HTMLInputElement>("main input[type=search]");
  if (field) field.select();
  else openPalette();
}
