import { createTheme, type CSSVariablesResolver, type MantineColorSchemeManager } from "@mantine/core";

const SYSTEM = 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", sans-serif';
const MONO = 'ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace';
const KEY = "flagsvc-scheme";

export const theme = createTheme({
  primaryColor: "indigo",
  primaryShade: { light: 8, dark: 8 },
  defaultRadius: "md",
  fontFamily: SYSTEM,
  fontFamilyMonospace: MONO,
  cursorType: "pointer",
  respectReducedMotion: true,
  headings: {
    fontWeight: "650",
    sizes: { h1: { fontSize: "1.5rem", lineHeight: "1.3" }, h2: { fontSize: "1.1rem", lineHeight: "1.4" } },
  },
  components: {
    Tooltip: {
      defaultProps: {
        withArrow: true,
        openDelay: 300,
        multiline: true,
        maw: 320,
        events: { hover: true, focus: true, touch: false },
      },
    },
    Notification: { defaultProps: { closeButtonProps: { "aria-label": "Close" } } },
    Modal: { defaultProps: { centered: true, overlayProps: { backgroundOpacity: 0.5 } } },
    // Their <header> would count as a second banner of the page.
    ModalHeader: { defaultProps: { role: "presentation" } },
    DrawerHeader: { defaultProps: { role: "presentation" } },
    ModalCloseButton: { defaultProps: { "aria-label": "Close" } },
    ActionIcon: { defaultProps: { variant: "subtle", color: "gray" } },
  },
});

/** Mantine's own greys are too faint to read (WCAG 1.4.3): stronger ones. */
export const resolver: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    "--mantine-color-dimmed": "#4b5563",
    "--mantine-color-placeholder": "#6b7280",
    "--mantine-color-error": "#c92a2a",
    "--mantine-color-anchor": "#364fc7",
  },
  dark: {
    "--mantine-color-dimmed": "#b3b9c4",
    "--mantine-color-placeholder": "#9aa1ad",
    "--mantine-color-error": "#ff8787",
    "--mantine-color-anchor": "#91a7ff",
  },
});

/** Light, dark or the system's, under the name that public/scheme.js reads before the first paint. */
export function schemeManager(): MantineColorSchemeManager {
  let listener: ((event: StorageEvent) => void) | undefined;
  return {
    get: (standard) => (localStorage.getItem(KEY) as "light" | "dark" | "auto" | null) ?? standard,
    set: (value) => localStorage.setItem(KEY, value),
    subscribe: (update) => {
      listener = (event) =>
        event.key === KEY && update((event.newValue ?? "auto") as "light" | "dark" | "auto");
      window.addEventListener("storage", listener);
    },
    unsubscribe: () => listener && window.removeEventListener("storage", listener),
    clear: () => localStorage.removeItem(KEY),
  };
}
