import { Button, Group, Stack } from "@mantine/core";
import { IconPlayerPlay } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";

import { configurationQuery, flagQuery, matrixQuery } from "@/api/queries";
import { Async } from "@/components/async";
import { CopyKey } from "@/components/copy";
import { useEnvironment, useEnvironments } from "@/components/environment-picker";
import { Page } from "@/components/page";

import { Body } from "./body";
import type { Flag } from "./draft";
import { definitionOf } from "./draft";
import { AgainstPicker, Environments } from "./environments";
import { Header } from "./header";

const route = getRouteApi("/flags/$key");
const TRAIL = [{ label: "Flags", to: "/flags" }];

/** One flag: what it decides in each environment, and everything that is known about it. */
export function FlagScreen() {
  const { key } = route.useParams();
  const { env } = route.useSearch();
  const flag = useQuery(flagQuery(key));
  const name = flag.data ? definitionOf(flag.data).name : null;
  return (
    <Page
      title={key}
      heading={<Heading flagKey={key} name={name} />}
      trail={TRAIL}
      actions={
        <Button
          variant="default"
          leftSection={<IconPlayerPlay size={16} />}
          renderRoot={(props) => <Link {...props} to="/playground" search={{ flag: key, env }} />}
        >
          Try it in the playground
        </Button>
      }
    >
      <Async query={flag}>{(data) => <Known key={key} flag={data} />}</Async>
    </Page>
  );
}

function Heading({ flagKey, name }: { readonly flagKey: string; readonly name: string | null }) {
  return (
    <Group gap="sm" align="baseline">
      {name && name !== flagKey && <span>{name}</span>}
      <CopyKey value={flagKey} />
    </Group>
  );
}

function Known({ flag }: { readonly flag: Flag }) {
  const { env, against } = route.useSearch();
  const navigate = route.useNavigate();
  const environments = useEnvironments();
  const environment = useEnvironment(env);
  const matrix = useQuery(matrixQuery);
  const cells = matrix.data?.items.find(({ key }) => key === flag.key)?.environments ?? {};
  const configuration = useQuery(configurationQuery(environment.key, flag.key));
  return (
    <Stack gap="md">
      <Header flag={flag} />
      <Group justify="space-between" gap="sm">
        <Environments
          environments={environments}
          cells={cells}
          current={environment.key}
          onChoose={(chosen) => localStorage.setItem("flagsvc-environment", chosen)}
        />
        <AgainstPicker
          environments={environments}
          current={environment.key}
          value={against}
          onChange={(chosen) => void navigate({ search: (before) => ({ ...before, against: chosen }) })}
        />
      </Group>
      <Async query={configuration} lines={8}>
        {(data) => (
          <Body
            key={environment.key}
            flag={flag}
            environment={environment}
            configuration={data}
            guarded={environments.some((one) => one.protected || one.requireReason)}
            against={environments.find((one) => one.key === against && one.key !== environment.key)}
          />
        )}
      </Async>
    </Stack>
  );
}
