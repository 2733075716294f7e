import { Button, Menu } from "@mantine/core";
import { IconArrowBackUp } from "@tabler/icons-react";

import { kindWord } from "@/text/deeds";

import { waysOf } from "./restorable";
import type { useRestore } from "./use-restore";

/** A revision to which a document could go back, with the words for it. */
export interface Offer {
  readonly revision: number;
  readonly words: string;
}

interface RestoreButtonProps {
  readonly kind: string;
  readonly documentKey: string;
  readonly offers: readonly Offer[];
  readonly restore: ReturnType<typeof useRestore>;
}

/** The way back of one document: at once where there is one revision, else a menu of them. */
export function RestoreButton({ kind, documentKey: key, offers, restore }: RestoreButtonProps) {
  const [only, ...others] = offers;
  if (!only || !waysOf(kind)) return null;
  const asking = restore.restoring?.state === "asking" && restore.restoring.target?.key === key;
  const name = `Restore ${kindWord(kind)} ${key}`;
  const start = ({ revision }: Offer) => void restore.document({ kind, key, revision });
  const icon = <IconArrowBackUp size={16} aria-hidden="true" />;
  if (!others.length) {
    return (
      <Button
        size="compact-sm"
        variant="default"
        leftSection={icon}
        loading={asking}
        aria-label={`${name}: ${only.words}`}
        onClick={() => start(only)}
      >
        Restore
      </Button>
    );
  }
  return (
    <Menu position="bottom-end" withinPortal>
      <Menu.Target>
        <Button size="compact-sm" variant="default" leftSection={icon} loading={asking} aria-label={name}>
          Restore
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {offers.map((offer) => (
          <Menu.Item key={offer.revision} onClick={() => start(offer)}>
            {offer.words}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
