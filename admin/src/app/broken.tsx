import { Button, Code, Group } from "@mantine/core";
import { Link, useRouter, type ErrorComponentProps } from "@tanstack/react-router";

import { Notice } from "@/components/tag";

/** A screen that failed says so; the rest of the console goes on. */
export function Broken({ error, reset }: ErrorComponentProps) {
  const router = useRouter();
  const again = () => {
    reset();
    void router.invalidate();
  };
  return (
    <Notice tone="bad" title="This screen failed" role="alert">
      <p>Nothing that you typed into a document is lost. Try again, or load the page anew.</p>
      <Code block>{error instanceof Error ? error.message : String(error)}</Code>
      <Group mt="sm">
        <Button onClick={again}>Try again</Button>
        <Button variant="default" onClick={() => window.location.reload()}>
          Reload
        </Button>
      </Group>
    </Notice>
  );
}

/** An address that leads nowhere. */
export function NotThere() {
  return (
    <Notice tone="warn" title="There is no such screen">
      <Link to="/">Go to the first one.</Link>
    </Notice>
  );
}
