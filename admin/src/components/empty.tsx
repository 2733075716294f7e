import { Code, Stack, Text, Title } from "@mantine/core";
import type { ReactNode } from "react";

interface EmptyProps {
  readonly title: string;
  readonly children?: ReactNode;
  /** The same step from a terminal. */
  readonly command?: string;
  readonly action?: ReactNode;
}

/** A list with nothing in it teaches the next step. */
export function Empty({ title, children, command, action }: EmptyProps) {
  return (
    <Stack className="fs-card" align="flex-start" gap="sm">
      <Title order={2}>{title}</Title>
      {children && <Text>{children}</Text>}
      {action}
      {command && (
        <Code block maw="100%" tabIndex={0} aria-label="The same from a terminal">
          {command}
        </Code>
      )}
    </Stack>
  );
}
