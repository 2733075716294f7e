import { Kbd, Modal, Switch, Table } from "@mantine/core";
import { useDisclosure, useLocalStorage } from "@mantine/hooks";
import { useNavigate } from "@tanstack/react-router";
import { useEffect, useRef } from "react";

import { NAV } from "./nav";
import { openPalette } from "./palette";

const PAUSE_MS = 900;

/** Single keys, which can be switched off: `g f` goes to the flags, `/` searches, `?` lists them all. */
export function Keys() {
  const navigate = useNavigate();
  const [shown, help] = useDisclosure();
  const [on, setOn] = useLocalStorage({ key: "flagsvc-keys", defaultValue: true });
  const before = useRef({ key: "", at: 0 });
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      if (!on || event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
      const first = event.timeStamp - before.current.at < PAUSE_MS ? before.current.key : "";
      before.current = { key: event.key, at: event.timeStamp };
      const screen = NAV.find(({ keys }) => keys === `${first} ${event.key}`);
      if (screen) void navigate({ to: screen.to });
      else if (event.key === "?") help.open();
      else if (event.key === "/") search(event);
    };
    document.addEventListener("keydown", pressed);
    return () => document.removeEventListener("keydown", pressed);
  }, [on, navigate, help]);
  return (
    <Modal opened={shown} onClose={help.close} title="Keys" closeButtonProps={{ "aria-label": "Close" }}>
      <Switch
        label="Single keys are on"
        checked={on}
        onChange={(event) => setOn(event.currentTarget.checked)}
        mb="md"
      />
      <Table>
        <Table.Tbody>
          {[
            ["Ctrl K", "Search and commands"],
            ["/", "Search on this screen"],
            ["?", "This list"],
            ...NAV.map(({ keys, label }) => [keys, label]),
          ].map(([keys, label]) => (
            <Table.Tr key={keys}>
              <Table.Th scope="row">
                <Kbd>{keys}</Kbd>
              </Table.Th>
              <Table.Td>{label}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Modal>
  );
}

function typing(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
  );
}

/** The search field of the screen, or else the palette. */
function search(event: KeyboardEvent): void {
  event.preventDefault();
  const field = document.querySelector<HTMLInputElement>("main input[type=search]");
  if (field) field.focus();
  else openPalette();
}
