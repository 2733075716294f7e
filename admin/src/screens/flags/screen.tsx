import { Button, Text } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { IconPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useCallback, useMemo } from "react";

import type { Schemas } from "@/api/client";
import { matrixQuery } from "@/api/queries";
import { Async } from "@/components/async";
import { Empty } from "@/components/empty";
import { Page } from "@/components/page";
import { count } from "@/text/numbers";

import { Bulk } from "./bulk/bulk";
import { CreateDialog } from "./create/dialog";
import { facetsOf, found, shown } from "./filter";
import { everyFlagQuery, staleQuery } from "./queries";
import { Table } from "./table";
import { parse } from "./tokens";
import { Toolbar, type View } from "./toolbar";
import { useSelection } from "./use-selection";
import { useRestore, useStates } from "./use-states";
import { useTyped } from "./use-typed";

const route = getRouteApi("/flags");
const NOTHING_STALE: ReadonlyMap<string, readonly string[]> = new Map();

/** Every flag in every environment: found, looked at, switched, and made. */
export function FlagsScreen() {
  const { archived = false, create = false, key } = route.useSearch();
  const navigate = route.useNavigate();
  const matrix = useQuery(archived ? everyFlagQuery : matrixQuery);
  const open = (on: boolean) =>
    void navigate({ search: (now) => ({ ...now, create: on || undefined, key: undefined }), replace: !on });
  const button = (
    <Button leftSection={<IconPlus size={16} aria-hidden="true" />} onClick={() => open(true)}>
      Create a flag
    </Button>
  );
  const empty = (
    <Empty
      title={archived ? "Nothing is archived" : "There is no flag yet"}
      command={archived ? "flagctl flag archive KEY" : "flagctl flag create my-first-flag"}
      action={archived ? undefined : button}
    >
      {archived
        ? "A flag that no code asks for any more is archived: readers no longer find it, and it can be brought back."
        : "A flag is a decision that your code asks for. It begins switched off everywhere, so making one changes nothing."}
    </Empty>
  );
  return (
    <Page title="Flags" actions={button}>
      <Async
        query={matrix}
        lines={12}
        empty={empty}
        isEmpty={({ items }) => !items.some((flag) => flag.archived === archived)}
      >
        {(data) => <Flags matrix={data} archived={archived} now={matrix.dataUpdatedAt} />}
      </Async>
      {create && <CreateDialog wanted={key} onClose={() => open(false)} />}
    </Page>
  );
}

interface FlagsProps {
  readonly matrix: Schemas["Matrix"];
  readonly archived: boolean;
  /** When it was read, in Unix milliseconds. */
  readonly now: number;
}

function Flags({ matrix, archived, now }: FlagsProps) {
  const { q = "", sort = "key", down = false } = route.useSearch();
  const navigate = route.useNavigate();
  const narrow = useMediaQuery("(max-width: 48em)");
  const keep = useCallback(
    (text: string) => void navigate({ search: (now) => ({ ...now, q: text || undefined }), replace: true }),
    [navigate],
  );
  const [typed, setTyped, settled] = useTyped(q, keep);

  const environments = useMemo(() => [...matrix.environments].sort(byGuard), [matrix.environments]);
  const flags = useMemo(
    () => matrix.items.filter((flag) => flag.archived === archived),
    [matrix.items, archived],
  );
  const facets = useMemo(() => facetsOf(flags, environments), [flags, environments]);
  const search = useMemo(() => parse(settled), [settled]);
  const wantsStale = search.tokens.some(({ name }) => name === "stale");
  const stale = useQuery({ ...staleQuery, enabled: wantsStale });
  const rows = useMemo(
    () => found(flags, search, { sort, down }, { stale: stale.data ?? NOTHING_STALE, now }),
    [flags, search, sort, down, stale.data, now],
  );
  const selection = useSelection(flags);
  const onState = useStates();
  const onRestore = useRestore(environments);
  const onView = (view: View) =>
    void navigate({
      search: (now) => ({
        ...now,
        sort: view.sort === "key" ? undefined : view.sort,
        down: view.down || undefined,
        archived: view.archived || undefined,
      }),
      replace: true,
    });
  return (
    <>
      <Toolbar
        text={typed}
        onText={setTyped}
        facets={facets}
        view={{ sort, down, archived }}
        onView={onView}
      />
      <Text size="sm" c="dimmed" role="status">
        {wantsStale && stale.isPending
          ? "Asking which flags stand still…"
          : rows.length === flags.length
            ? count(flags.length, "flag")
            : `${count(rows.length, "flag")} of ${String(flags.length)}`}
      </Text>
      {rows.length ? (
        <Table
          flags={rows}
          environments={shown(environments, search)}
          narrow={narrow}
          now={now}
          selected={selection.keys}
          onSelect={selection.set}
          onSelectAll={(on) => selection.setAll(rows, on)}
          onState={onState}
          onRestore={onRestore}
        />
      ) : (
        <Empty
          title="No flag is like that"
          action={
            <Button variant="default" onClick={() => setTyped("")}>
              Clear the search
            </Button>
          }
        >
          Every word has to be found in the key, name, description, owner or tags, and every token has to
          hold.
        </Empty>
      )}
      <Bulk
        flags={selection.flags}
        environments={environments}
        onClear={selection.clear}
        onDone={selection.keep}
      />
    </>
  );
}

function byGuard(a: Schemas["MatrixEnvironment"], b: Schemas["MatrixEnvironment"]): number {
  return Number(a.protected) - Number(b.protected) || a.key.localeCompare(b.key);
}
