import { Drawer } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { useState } from "react";

import { count } from "@/text/numbers";

import type { Flag, MatrixEnvironment } from "../filter";
import { left } from "./batch";
import { Progress } from "./progress";
import { Prepare } from "./prepare";
import type { Action, Step } from "./steps";
import { useBatch } from "./use-batch";

const TITLES: Readonly<Record<Action["kind"], string>> = {
  on: "Switch on",
  off: "Switch off",
  tag: "Add a tag to",
  archive: "Archive",
};

interface BulkSheetProps {
  readonly kind: Action["kind"];
  readonly flags: readonly Flag[];
  readonly environments: readonly MatrixEnvironment[];
  /** With the keys of what did not succeed; with null when nothing was tried. */
  readonly onClose: (left: readonly string[] | null) => void;
}

/** Reviewed once, then applied one by one; what did not succeed is said, stays selected, and can be tried again. */
export function BulkSheet({ kind, flags, environments, onClose }: BulkSheetProps) {
  const phone = useMediaQuery("(max-width: 48em)");
  const batch = useBatch();
  const [tried, setTried] = useState<readonly Step[] | null>(null);
  const [again, setAgain] = useState<readonly string[] | null>(null);
  const failed = tried && left(tried, batch.outcomes);
  const close = () => (batch.running ? batch.stop() : onClose(failed));
  const chosen = again ? flags.filter(({ key }) => again.includes(key)) : flags;
  return (
    <Drawer
      opened
      onClose={close}
      position={phone ? "bottom" : "right"}
      size={phone ? "92%" : "xl"}
      title={<strong>{`${TITLES[kind]} ${count((tried ?? chosen).length, "flag")}`}</strong>}
      closeButtonProps={{
        "aria-label": batch.running ? "Stop after the flag under way" : "Close; nothing more is changed",
      }}
    >
      {tried ? (
        <Progress
          steps={tried}
          batch={batch}
          onAgain={() => {
            setAgain(left(tried, batch.outcomes));
            setTried(null);
          }}
          onClose={close}
        />
      ) : (
        <Prepare
          key={again?.join(" ")}
          kind={kind}
          flags={chosen}
          environments={environments}
          onBack={() => onClose(null)}
          onGo={(steps, reason) => {
            setTried(steps);
            void batch.run(steps, reason);
          }}
        />
      )}
    </Drawer>
  );
}
