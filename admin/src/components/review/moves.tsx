import { List, Stack, Text } from "@mantine/core";

import { Notice } from "@/components/tag";
import { movers } from "@/text/movers";
import { list } from "@/text/numbers";

import type { Written } from "./write";

interface MovesProps {
  readonly written: Written;
  /** It changes who comes to which place, whom the service cannot count. */
  readonly matching: boolean;
}

/** What the service said of a rehearsal: who moves, what deserves a second look, and which routers follow. */
export function Moves({ written, matching }: MovesProps) {
  const said = movers(written.moves);
  const several = new Set(written.moves.map(({ document }) => document)).size > 1;
  return (
    <Stack gap="xs" aria-live="polite">
      <Notice tone={written.moves.length || matching ? "info" : "ok"} title="Who moves">
        {written.moves.length ? (
          <List size="sm">
            {written.moves.map((move, i) => (
              <List.Item key={move.document + move.pointer}>
                {several && <span className="fs-mono">{move.document}: </span>}
                {said[i]}
              </List.Item>
            ))}
          </List>
        ) : (
          <Text size="sm">
            {matching ? "No split moves anybody." : "Nobody: every unit keeps what it gets."}
          </Text>
        )}
        {matching && (
          <Text size="sm" mt={4}>
            Whoever is matched or listed differently moves, too: <em>What if</em> in the playground says it
            for units of your own.
          </Text>
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
