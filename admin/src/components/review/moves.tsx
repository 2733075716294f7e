import { List, Stack, Text } from "@mantine/core";

import { Notice } from "@/components/tag";
import { list } from "@/text/numbers";

import type { Written } from "./write";

/** What the service said of a rehearsal: who moves, what deserves a second look, and which routers follow. */
export function Moves({ written }: { readonly written: Written }) {
  const several = new Set(written.moves.map(({ document }) => document)).size > 1;
  return (
    <Stack gap="xs" aria-live="polite">
      <Notice tone={written.moves.length ? "info" : "ok"} title="Who moves">
        {written.moves.length ? (
          <List size="sm">
            {written.moves.map((move) => (
              <List.Item key={move.document + move.pointer}>
                {several && <span className="fs-mono">{move.document}: </span>}
                {move.summary}
              </List.Item>
            ))}
          </List>
        ) : (
          <Text size="sm">Nobody: every unit keeps its place in every split.</Text>
        )}
      </Notice>
      {written.lints.map((lint) => (
        <Notice key={lint.code + lint.detail} tone="warn">
          <Text size="sm">{lint.detail}</Text>
        </Notice>
      ))}
      {written.bindings.length > 0 && (
        <Text size="sm">Routers follow: {list(written.bindings)} will be told, and read back.</Text>
      )}
    </Stack>
  );
}
