import { Button, Group, Progress as Bar, Stack, Text } from "@mantine/core";

import { Notice } from "@/components/tag";
import { count } from "@/text/numbers";

import { left } from "./batch";
import { StepList } from "./list";
import type { Step } from "./steps";
import type { Batch } from "./use-batch";

interface ProgressProps {
  readonly steps: readonly Step[];
  readonly batch: Batch;
  readonly onAgain: () => void;
  readonly onClose: () => void;
}

/** How far it is, flag by flag; at the end what succeeded and what did not. */
export function Progress({ steps, batch, onAgain, onClose }: ProgressProps) {
  const remaining = left(steps, batch.outcomes).length;
  const done = steps.length - remaining;
  return (
    <Stack>
      <Bar
        value={(done / steps.length) * 100}
        aria-label="Flags that are done"
        color={batch.running ? "indigo" : "green"}
      />
      {batch.running ? (
        <Text role="status">
          {done} of {count(steps.length, "flag")} done
        </Text>
      ) : (
        <Notice
          tone={remaining ? "bad" : "ok"}
          role={remaining ? "alert" : "status"}
          title={
            remaining
              ? `${String(done)} of ${count(steps.length, "flag")} done`
              : `All ${count(steps.length, "flag")} done`
          }
        >
          {remaining
            ? `${count(remaining, "flag")} did not change and stay selected.`
            : "Each is saved by itself, with its own revision."}
        </Notice>
      )}
      <StepList steps={steps} outcomes={batch.outcomes} rehearsed={false} label="How it went" />
      <Group justify="flex-end">
        {batch.running ? (
          <Button variant="default" onClick={batch.stop}>
            Stop after this one
          </Button>
        ) : (
          <>
            {remaining > 0 && (
              <Button variant="default" onClick={onAgain}>
                Review the rest again
              </Button>
            )}
            <Button onClick={onClose} data-autofocus>
              Close
            </Button>
          </>
        )}
      </Group>
    </Stack>
  );
}
