import { useHotkeys } from "@mantine/hooks";
import { lazy, Suspense, useEffect, useState } from "react";

import { signal } from "./signal";

const asked = signal();

/** Opens the command palette. */
export const openPalette = asked.send;

const Dialog = lazy(() => import("./palette/dialog"));

/** The command palette, on Ctrl K or when asked for; its code and what it lists are loaded when first opened. */
export function Palette() {
  const [opened, setOpened] = useState(false);
  useHotkeys([["mod+K", () => setOpened((now) => !now)]], []);
  useEffect(() => asked.listen(() => setOpened(true)), []);
  return <Suspense fallback={null}>{opened && <Dialog onClose={() => setOpened(false)} />}</Suspense>;
}
