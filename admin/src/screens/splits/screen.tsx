import { Button, Group, TextInput } from "@mantine/core";
import { IconPlus, IconSearch } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";

import { splitsQuery } from "@/api/traffic";
import { Async } from "@/components/async";
import { Empty } from "@/components/empty";
import { EnvironmentFrame } from "@/components/environment";
import { EnvironmentPicker, useEnvironment } from "@/components/environment-picker";
import { Page } from "@/components/page";

import { CreateSplit } from "./create";
import { SplitTable } from "./table";

/** Every traffic split of an environment, with what its routers do. */
export function SplitsScreen() {
  const { env, q = "", create } = useSearch({ from: "/splits" });
  const navigate = useNavigate({ from: "/splits" });
  const environment = useEnvironment(env);
  const query = useQuery(splitsQuery(environment.key));
  const change = (search: object) =>
    void navigate({ search: (now) => ({ ...now, ...search }), replace: true });
  return (
    <Page
      title="Traffic splits"
      actions={
        <Button leftSection={<IconPlus size={16} />} onClick={() => change({ create: true })}>
          New split
        </Button>
      }
    >
      <Group justify="space-between" gap="sm">
        <EnvironmentPicker value={environment} onChange={(key) => change({ env: key })} />
        <TextInput
          type="search"
          aria-label="Search splits"
          placeholder="Key, name, owner or backend"
          leftSection={<IconSearch size={16} aria-hidden="true" />}
          value={q}
          onChange={(event) => change({ q: event.currentTarget.value || undefined })}
          data-search
          w={{ base: "100%", sm: 280 }}
        />
      </Group>
      <EnvironmentFrame environment={environment}>
        <Async
          query={query}
          isEmpty={(splits) => splits.length === 0}
          empty={
            <Empty
              title="No traffic split here yet"
              command={`flagctl api POST /api/v1/environments/${environment.key}/splits`}
              action={<Button onClick={() => change({ create: true })}>Create a split</Button>}
            >
              A traffic split sends requests to backends: a share to a canary, or all of them from blue to
              green. Load balancers ask for it, or are told.
            </Empty>
          }
        >
          {(splits) => <SplitTable environment={environment.key} splits={splits} sought={q} />}
        </Async>
      </EnvironmentFrame>
      {create && <CreateSplit environment={environment} onClose={() => change({ create: undefined })} />}
    </Page>
  );
}
