import { Button, Drawer, Group, Stack, Text, Textarea, TextInput } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { notifications } from "@mantine/notifications";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useId, useRef, useState } from "react";

import { problemOf } from "@/api/problem";
import { Difference } from "@/components/difference";
import { EnvironmentFrame } from "@/components/environment";
import { Differences } from "@/components/records/differences";
import { useFocusBack } from "@/components/focus-back";
import { ProblemNotice } from "@/components/problem-notice";
import { Notice } from "@/components/tag";
import { matching } from "@/text/movers";

import { ConflictView } from "./conflict";
import { LookAgain } from "./look-again";
import { Moves } from "./moves";
import { forGood, needsReason, rehearsal, toType, type Write, type Written } from "./write";

interface ReviewSheetProps {
  readonly write: Write;
  readonly onClose: (written: Written | null) => void;
  readonly onNext: (write: Write) => void;
}

/** Before and after in words, who moves, what deserves a second look, why; then it is saved, or nothing is. */
export function ReviewSheet({ write, onClose, onNext }: ReviewSheetProps) {
  useFocusBack();
  const phone = useMediaQuery("(max-width: 48em)");
  return (
    <Drawer
      opened
      onClose={() => onClose(null)}
      position={phone ? "bottom" : "right"}
      size={phone ? "92%" : "xl"}
      title={<strong>{write.title}</strong>}
      closeButtonProps={{ "aria-label": "Close the review; nothing is saved" }}
    >
      {write.environment ? (
        <EnvironmentFrame environment={write.environment} what="review">
          <Review key={write.version} write={write} onClose={onClose} onNext={onNext} />
        </EnvironmentFrame>
      ) : (
        <Review key={write.version} write={write} onClose={onClose} onNext={onNext} />
      )}
    </Drawer>
  );
}

function isNoRehearsal({ queryKey }: { readonly queryKey: readonly unknown[] }): boolean {
  return queryKey[0] !== "rehearsal";
}

function Review({ write, onClose, onNext }: ReviewSheetProps) {
  const cache = useQueryClient();
  const [reason, setReason] = useState("");
  const id = useId();
  const sending = useRef(false); // a second click comes before the first is known to be under way
  const save = useMutation({
    mutationFn: () => write.send(forGood(write, reason.trim())),
    onSettled: () => {
      sending.current = false;
    },
    onSuccess: (written) => {
      void cache.invalidateQueries({ predicate: isNoRehearsal }); // of a version that is gone by now
      notifications.show({
        message: write.done ?? outcome(written),
      });
      onClose(written);
    },
  });
  const dry = useQuery({
    queryKey: ["rehearsal", id, write.version],
    queryFn: () => write.send(rehearsal(write, reason)),
    retry: false,
    enabled: save.isIdle, // what was saved is not rehearsed again when everything is asked for anew
    gcTime: 0,
  });
  const failed = save.error ?? dry.error;
  const late = failed && problemOf(failed).code === "stale-version" ? problemOf(failed) : null;
  if (late && (write.conflict ?? write.again)) {
    return <TooLate write={write} author={late.author} onNext={onNext} onClose={() => onClose(null)} />;
  }
  return (
    <Stack
      component="form"
      onSubmit={(event) => {
        event.preventDefault();
        if (sending.current) return;
        sending.current = true;
        save.mutate();
      }}
    >
      <Told write={write} tried={dry.data} asking={dry.isPending} />
      {failed && <ProblemNotice error={failed} onRetry={() => void dry.refetch()} />}
      <Textarea
        label="Why"
        description="Kept in the history, beside your name."
        required={needsReason(write)}
        value={reason}
        onChange={(event) => setReason(event.currentTarget.value.replace(/\n/g, " "))}
        maxLength={1000}
        autosize
        minRows={2}
        data-autofocus
      />
      <Confirm
        write={write}
        checked={dry.data !== undefined}
        why={reason.trim()}
        saving={save.isPending}
        onBack={() => onClose(null)}
      />
    </Stack>
  );
}

interface TooLateProps extends Pick<ReviewSheetProps, "write" | "onNext"> {
  readonly author?: string;
  readonly onClose: () => void;
}

/** Somebody else was first: a merge where something was edited, a new look where something is put back. */
function TooLate({ write: { conflict, again }, ...rest }: TooLateProps) {
  if (conflict) return <ConflictView conflict={conflict} {...rest} />;
  return again && <LookAgain again={again} {...rest} />;
}

function reaches({ before, after, documents = [] }: Write): boolean {
  return [{ before, after }, ...documents].some((each) => matching(each.before, each.after));
}

interface ToldProps {
  readonly write: Write;
  /** What the rehearsal said, once it is there. */
  readonly tried: Written | undefined;
  readonly asking: boolean;
}

/** What it does, in words, and to whom. */
function Told({ write, tried, asking }: ToldProps) {
  return (
    <>
      <Danger sentence={write.danger} />
      {write.documents && <Differences of={write.documents} />}
      {(write.before ?? write.after) && <Difference before={write.before} after={write.after} />}
      {write.follows && (
        <Notice tone="info" title="What follows">
          {write.follows}
        </Notice>
      )}
      {tried && !write.follows && !write.urgent && <Moves written={tried} matching={reaches(write)} />}
      {asking && <Text role="status">Asking the service what this would do…</Text>}
    </>
  );
}

function outcome(written: Written): string {
  return written.changeId
    ? `Saved as revision ${String(written.revision)}.`
    : "Nothing differed; nothing was saved.";
}

interface ConfirmProps {
  readonly write: Write;
  /** The rehearsal went well. */
  readonly checked: boolean;
  readonly why: string;
  readonly saving: boolean;
  readonly onBack: () => void;
}

/** What has to be typed, the way back, and the button that saves, once everything that is asked for is there. */
function Confirm({ write, checked, why, saving, onBack }: ConfirmProps) {
  const [typed, setTyped] = useState("");
  const wanted = toType(write);
  const ready = (checked || write.urgent) && (why || !needsReason(write)) && typed === wanted;
  return (
    <>
      {wanted && (
        <TextInput
          label={`Type ${wanted} to confirm`}
          required
          autoComplete="off"
          value={typed}
          onChange={(event) => setTyped(event.currentTarget.value)}
        />
      )}
      <Group justify="flex-end">
        <Button variant="default" onClick={onBack}>
          {write.back ?? "Go on editing"}
        </Button>
        <Button type="submit" color={write.danger ? "red" : undefined} loading={saving} disabled={!ready}>
          {write.verb ?? "Save"}
        </Button>
      </Group>
    </>
  );
}

function Danger({ sentence }: { readonly sentence?: string }) {
  return sentence ? (
    <Notice tone="warn" title="Look twice">
      {sentence}
    </Notice>
  ) : null;
}
