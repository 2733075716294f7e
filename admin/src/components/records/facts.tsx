import { CopyKey } from "@/components/copy";
import { Exactly, When } from "@/components/when";
import { how } from "@/text/deeds";

import { Touched, type Change } from "./change-list";
import styles from "./records.module.css";

interface FactsProps {
  readonly change: Change;
  /** With the links of the chain, for those who verify it by hand. */
  readonly chain?: boolean;
}

/** Everything that is recorded of a change beside its documents. */
export function Facts({ change, chain = false }: FactsProps) {
  const { actor } = change;
  return (
    <dl className={styles.facts}>
      <dt>When</dt>
      <dd>
        <Exactly at={change.at} /> (<When at={change.at} />)
      </dd>
      <dt>Who</dt>
      <dd>
        {actor.name}
        {actor.address && ` from ${actor.address}`}
      </dd>
      <dt>How</dt>
      <dd>{how(actor, change.action).meaning}</dd>
      <dt>Why</dt>
      <dd>{change.reason || "no reason was given"}</dd>
      <dt>Documents</dt>
      <dd>
        <Touched change={change} />
      </dd>
      {actor.requestId && (
        <>
          <dt>Request</dt>
          <dd>
            <CopyKey value={actor.requestId} />
          </dd>
        </>
      )}
      {actor.tokenId && (
        <>
          <dt>Token</dt>
          <dd className="fs-mono">{actor.tokenId}</dd>
        </>
      )}
      {chain && (
        <>
          <dt>Link</dt>
          <dd className="fs-mono">{change.hash}</dd>
          <dt>Follows</dt>
          <dd className="fs-mono">{change.previousHash || "nothing: it is the first"}</dd>
        </>
      )}
    </dl>
  );
}
