import { useQuery } from "@tanstack/react-query";

import { activeRolloutsQuery, endedRolloutsQuery } from "@/api/service";
import { Page } from "@/components/page";
import { useNow } from "@/components/when";

import { Changes } from "./changes";
import { FirstSteps } from "./first-steps";
import styles from "./now.module.css";
import { Pulse } from "./pulse";
import { firstFlagsQuery } from "./queries";
import { Rollouts } from "./rollouts";
import { Health, Housekeeping, Places } from "./side";
import { WentBack } from "./went-back";

const MINUTE_MS = 60_000;
const FEW = 3;

/** The first screen: whether all is well, what is under way, what happened, and who has it. */
export function NowScreen() {
  const now = Math.floor(useNow() / MINUTE_MS) * MINUTE_MS;
  const begun = useBegun();
  return (
    <Page title="Now">
      <Pulse now={now} />
      <div className={styles.columns}>
        <div className={styles.column}>
          {begun.teach && <FirstSteps flags={begun.flags} />}
          {begun.flags && (
            <>
              <Rollouts />
              <WentBack now={now} />
              <Changes />
            </>
          )}
        </div>
        <div className={styles.column}>
          <Places />
          <Health />
          <Housekeeping />
        </div>
      </div>
    </Page>
  );
}

/** Whether there is a flag, and whether the first steps are still worth showing. */
function useBegun(): { readonly flags: boolean; readonly teach: boolean } {
  const flags = useQuery(firstFlagsQuery).data?.length;
  const active = useQuery(activeRolloutsQuery).data?.items.length;
  const ended = useQuery(endedRolloutsQuery).data?.items.length;
  const known = flags !== undefined && active !== undefined && ended !== undefined;
  return {
    flags: flags === undefined || flags > 0,
    teach: known && flags <= FEW && active + ended === 0,
  };
}
