import type { ReactNode } from "react";

import { AnchorLink } from "@/components/router-link";
import { kindWord } from "@/text/deeds";

import styles from "./records.module.css";

export interface DocumentName {
  readonly environment: string;
  readonly kind: string;
  readonly key: string;
}

/** The environment under which the service records what belongs to all of them. */
export const CATALOG = "_catalog";

const PAGES: Readonly<Record<string, (of: DocumentName, name: ReactNode) => ReactNode>> = {
  flag: ({ environment, key }, name) => (
    <AnchorLink
      underline="always"
      className={styles.link}
      to="/flags/$key"
      params={{ key }}
      search={environment === CATALOG ? {} : { env: environment }}
    >
      {name}
    </AnchorLink>
  ),
  segment: ({ environment, key }, name) => (
    <AnchorLink
      underline="always"
      className={styles.link}
      to="/segments/$env/$key"
      params={{ env: environment, key }}
    >
      {name}
    </AnchorLink>
  ),
  split: ({ environment, key }, name) => (
    <AnchorLink
      underline="always"
      className={styles.link}
      to="/splits/$env/$key"
      params={{ env: environment, key }}
    >
      {name}
    </AnchorLink>
  ),
  plan: ({ environment, key }, name) => (
    <AnchorLink
      underline="always"
      className={styles.link}
      to="/plans/$env/$key"
      params={{ env: environment, key }}
    >
      {name}
    </AnchorLink>
  ),
  rollout: ({ environment, key }, name) => (
    <AnchorLink
      underline="always"
      className={styles.link}
      to="/rollouts/$env/$key"
      params={{ env: environment, key }}
    >
      {name}
    </AnchorLink>
  ),
  freeze: ({ environment }, name) => (
    <AnchorLink underline="always" className={styles.link} to="/freezes" search={{ env: environment }}>
      {name}
    </AnchorLink>
  ),
  environment: (_, name) => (
    <AnchorLink underline="always" className={styles.link} to="/environments">
      {name}
    </AnchorLink>
  ),
  token: (_, name) => (
    <AnchorLink underline="always" className={styles.link} to="/access">
      {name}
    </AnchorLink>
  ),
};

/** A document by kind and key, leading to its screen where it has one. */
export function DocumentLink({ of }: { readonly of: DocumentName }) {
  const name = (
    <>
      {kindWord(of.kind)} <span className="fs-mono">{of.key}</span>
    </>
  );
  return PAGES[of.kind]?.(of, name) ?? <span>{name}</span>;
}
