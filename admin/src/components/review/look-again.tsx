import { Button, Group, Stack } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";

import { ProblemNotice } from "@/components/problem-notice";
import { Notice } from "@/components/tag";

import type { Write } from "./write";

interface LookAgainProps {
  readonly again: () => Promise<Write>;
  readonly author?: string;
  readonly onNext: (write: Write) => void;
  readonly onClose: () => void;
}

/** Somebody else saved between the look and the save: nothing was done, and the review begins anew from what is there. */
export function LookAgain({ again, author, onNext, onClose }: LookAgainProps) {
  const next = useMutation({ mutationFn: again, onSuccess: onNext });
  return (
    <Stack>
      <Notice tone="warn" title="Somebody else was first" role="alert">
        {author ? `${author} saved a change` : "A change was saved"} since you looked. Nothing was done yet:
        look at what it would do now.
      </Notice>
      {next.isError && <ProblemNotice error={next.error} />}
      <Group justify="space-between">
        <Button variant="default" onClick={onClose}>
          Leave it as it is
        </Button>
        <Button loading={next.isPending} onClick={() => next.mutate()} data-autofocus>
          Look again
        </Button>
      </Group>
    </Stack>
  );
}
