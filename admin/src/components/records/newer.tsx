import { Button } from "@mantine/core";
import { IconArrowUp } from "@tabler/icons-react";
import { useCallback, useState } from "react";

import { useChanges } from "@/components/live-pill";
import type { Changed } from "@/live/events";
import { count } from "@/text/numbers";

import styles from "./newer.module.css";

/** How many changes of this sort have come since `seen` was called last; what is being read stays where it is. */
export function useNewer(counts: (change: Changed) => boolean) {
  const [amount, setAmount] = useState(0);
  const listener = useCallback(
    (change: Changed) => {
      if (counts(change)) setAmount((before) => before + 1);
    },
    [counts],
  );
  useChanges(listener);
  return { amount, seen: useCallback(() => setAmount(0), []) };
}

interface NewerProps {
  readonly amount: number;
  readonly onShow: () => void;
}

/** Says quietly that there is more, and shows it when asked. */
export function Newer({ amount, onShow }: NewerProps) {
  return (
    <div role="status" className={styles.newer}>
      {amount > 0 && (
        <Button
          size="compact-sm"
          variant="light"
          leftSection={<IconArrowUp size={14} aria-hidden="true" />}
          onClick={onShow}
        >
          {count(amount, "new change")}
        </Button>
      )}
    </div>
  );
}
