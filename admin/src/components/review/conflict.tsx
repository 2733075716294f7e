import { Button, Group, Radio, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { Async } from "@/components/async";
import { Notice } from "@/components/tag";
import { merge, taken } from "@/drafts/merge";
import type { Document } from "@/text/diff";

import { placeSaid, threeWays } from "./three";
import { ThreeColumns } from "./three-columns";
import type { Conflict, Write } from "./write";

interface ConflictViewProps {
  readonly conflict: Conflict;
  readonly author?: string;
  readonly onNext: (write: Write) => void;
  readonly onClose: () => void;
}

/** Somebody else saved first: mine, theirs and the merge of both, and a choice wherever they contradict. */
export function ConflictView({ conflict, author, onNext, onClose }: ConflictViewProps) {
  const theirs = useQuery({ queryKey: ["conflict", conflict], queryFn: conflict.read, gcTime: 0, retry: 1 });
  return (
    <Stack>
      <Notice tone="warn" title="Somebody else was first" role="alert">
        {author
          ? `${author} saved this document while you were editing it.`
          : "The document was saved while you were editing it."}{" "}
        Nothing you typed is lost.
      </Notice>
      <Async query={theirs}>
        {(now) => (
          <ThreeWays conflict={conflict} theirs={now.document} version={now.version} onNext={onNext} />
        )}
      </Async>
      <Group justify="flex-start">
        <Button variant="default" onClick={onClose}>
          Go on editing
        </Button>
      </Group>
    </Stack>
  );
}

interface ThreeWaysProps {
  readonly conflict: Conflict;
  readonly theirs: Document;
  readonly version: number;
  readonly onNext: (write: Write) => void;
}

function ThreeWays({ conflict, theirs, version, onNext }: ThreeWaysProps) {
  const { merged, conflicts } = merge(conflict.base, conflict.mine, theirs);
  const [chosen, setChosen] = useState<Readonly<Record<string, "mine" | "theirs">>>({});
  const open = conflicts.filter((path) => !chosen[path]);
  const outcome = taken(
    merged,
    theirs,
    conflicts.filter((path) => chosen[path] === "theirs"),
  );
  return (
    <Stack>
      <ThreeColumns rows={threeWays(conflict.base, conflict.mine, theirs, outcome)} />
      {conflicts.map((path) => (
        <Radio.Group
          key={path}
          label={`Both changed ${placeSaid(path, conflict.mine, theirs)}: whose shall it be?`}
          value={chosen[path] ?? null}
          onChange={(side) => setChosen({ ...chosen, [path]: side })}
        >
          <Group mt="xs">
            <Radio value="mine" label="mine" />
            <Radio value="theirs" label="theirs" />
          </Group>
        </Radio.Group>
      ))}
      {open.length > 0 && (
        <Text c="dimmed">Choose {open.length === 1 ? "a side" : "the sides"} above to go on.</Text>
      )}
      <Group justify="flex-end">
        <Button disabled={open.length > 0} onClick={() => onNext(conflict.resolve(theirs, version, outcome))}>
          Review the merge
        </Button>
      </Group>
    </Stack>
  );
}
