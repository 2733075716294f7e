import { Anchor, AppShell, Burger, Button, Group, Kbd, ScrollArea } from "@mantine/core";
import { IconSearch } from "@tabler/icons-react";
import { Link, useRouterState } from "@tanstack/react-router";
import { useEffect, useRef, useState, type ReactNode } from "react";

import { LivePill } from "@/components/live-pill";

import { AccountMenu } from "./account-menu";
import { Keys } from "./keys";
import { GROUPS, NAV } from "./nav";
import { openPalette, Palette } from "./palette";
import styles from "./shell.module.css";

/** The frame of every screen: where one can go, how fresh everything is, who is signed in. */
export function Shell({ children }: { readonly children: ReactNode }) {
  const path = useRouterState({ select: (state) => state.location.pathname });
  const burger = useRef<HTMLButtonElement>(null);
  const screens = useRef<HTMLDivElement>(null);
  const [openedAt, setOpenedAt] = useState<string | null>(null);
  const opened = openedAt === path; // the menu of a phone is gone after a navigation
  const close = () => setOpenedAt(null);
  useEffect(() => {
    if (!opened) return undefined;
    screens.current?.querySelector<HTMLElement>("a[aria-current]")?.focus();
    const escape = (event: KeyboardEvent) => {
      if (event.key !== "Escape") return;
      setOpenedAt(null);
      burger.current?.focus();
    };
    document.addEventListener("keydown", escape);
    return () => document.removeEventListener("keydown", escape);
  }, [opened]);
  return (
    <AppShell
      header={{ height: 56 }}
      navbar={{ width: 220, breakpoint: "sm", collapsed: { mobile: !opened } }}
      padding="md"
    >
      <a href="#main" className={styles.skip}>
        Skip to the content
      </a>
      <AppShell.Header className={styles.header}>
        <Burger
          ref={burger}
          opened={opened}
          aria-expanded={opened}
          aria-controls="screens"
          onClick={() => setOpenedAt(opened ? null : path)}
          hiddenFrom="sm"
          size="sm"
          aria-label={opened ? "Close the menu" : "Open the menu"}
        />
        <Anchor component={Link} to="/" className={styles.brand} underline="never">
          <img src="/admin/icon.svg" alt="" width={24} height={24} /> flagsvc
        </Anchor>
        <Button
          variant="default"
          className={styles.search}
          leftSection={<IconSearch size={16} />}
          onClick={openPalette}
          rightSection={
            <Kbd size="xs" className={styles.keys} aria-hidden="true">
              Ctrl K
            </Kbd>
          }
          aria-keyshortcuts="Control+K Meta+K"
        >
          <span className={styles.searchText}>Search, or say what to do</span>
        </Button>
        <Group gap="sm" ml="auto" wrap="nowrap">
          <LivePill />
          <AccountMenu />
        </Group>
      </AppShell.Header>
      <AppShell.Navbar
        ref={screens}
        id="screens"
        p="xs"
        aria-label="Screens"
        className={styles.screens}
        data-opened={opened || undefined}
      >
        <ScrollArea>
          {GROUPS.map((group) => (
            <section key={group} aria-labelledby={`nav-${group}`}>
              <h2 id={`nav-${group}`} className={styles.group}>
                {group}
              </h2>
              <ul className={styles.list}>
                {NAV.filter((item) => item.group === group).map(({ to, label, icon: Icon }) => (
                  <li key={to}>
                    <Link
                      to={to}
                      className={styles.link}
                      onClick={close}
                      activeOptions={{ exact: to === "/", includeSearch: false }}
                      activeProps={{ "data-active": true, "aria-current": "page" }}
                    >
                      <Icon size={18} aria-hidden="true" /> {label}
                    </Link>
                  </li>
                ))}
              </ul>
            </section>
          ))}
        </ScrollArea>
      </AppShell.Navbar>
      <AppShell.Main id="main" tabIndex={-1} inert={opened}>
        {children}
      </AppShell.Main>
      <Palette />
      <Keys />
    </AppShell>
  );
}
