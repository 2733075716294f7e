import { Anchor, Breadcrumbs, Group, Stack, Title } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import { Link } from "@tanstack/react-router";
import { useEffect, useRef, type ReactNode } from "react";

interface Step {
  readonly label: string;
  readonly to: string;
  readonly search?: Readonly<Record<string, string>>;
}

interface PageProps {
  readonly title: string;
  /** What stands in the heading in place of the plain title. */
  readonly heading?: ReactNode;
  readonly trail?: readonly Step[];
  readonly actions?: ReactNode;
  readonly children: ReactNode;
}

/** A screen: its one heading, which has the focus after a navigation, where it belongs, and what can be done. */
export function Page({ title, heading, trail = [], actions, children }: PageProps) {
  const ref = useRef<HTMLHeadingElement>(null);
  useDocumentTitle(`${title} · flagsvc`);
  useEffect(() => ref.current?.focus({ preventScroll: true }), [title]);
  return (
    <Stack gap="md">
      {trail.length > 0 && (
        <nav aria-label="Where this is">
          <Breadcrumbs>
            {trail.map(({ label, to, search }) => (
              <Anchor key={to} component={Link} to={to} search={search as never} size="sm">
                {label}
              </Anchor>
            ))}
            <span />
          </Breadcrumbs>
        </nav>
      )}
      <Group justify="space-between" align="flex-start" gap="sm">
        <Title order={1} ref={ref} tabIndex={-1}>
          {heading ?? title}
        </Title>
        {actions && (
          <Group gap="xs" maw="100%">
            {actions}
          </Group>
        )}
      </Group>
      {children}
    </Stack>
  );
}
