import { Anchor, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";

import { bindingsQuery, routersQuery } from "@/api/traffic";
import { Async } from "@/components/async";
import { Panel } from "@/components/panel";
import { standingOf, standingOfRouter, type Binding, type RouterStatus } from "@/components/standing";
import { Tag } from "@/components/tag";
import { When } from "@/components/when";
import { list, number } from "@/text/numbers";

import styles from "./clients.module.css";
import { revisionIn } from "./standing";

/** Load balancers, meshes and edge modules that are told what to do here: which revision each of them holds. */
export function Routers({ environment }: { readonly environment: string }) {
  const query = useQuery(bindingsQuery(environment));
  return (
    <Panel title="Routers" note="load balancers and edges that are told their weights or tables" flush>
      <Async
        query={query}
        lines={2}
        isEmpty={(bindings) => bindings.length === 0}
        empty={
          <div className={styles.pad}>
            <Text size="sm">
              No binding here tells a router. Load balancers that <em>ask</em> for each request hold nothing:
              this service answers them with its own revision.
            </Text>
            <Unbound />
          </div>
        }
      >
        {(bindings) => (
          <>
            <RouterTable environment={environment} bindings={bindings} />
            <Unbound />
          </>
        )}
      </Async>
    </Panel>
  );
}

function RouterTable({
  environment,
  bindings,
}: {
  readonly environment: string;
  readonly bindings: readonly Binding[];
}) {
  return (
    <table className="fs-table fs-cards">
      <caption className="fs-hidden">Routers</caption>
      <thead>
        <tr>
          <th scope="col">Router</th>
          <th scope="col">Traffic split</th>
          <th scope="col">Decides</th>
          <th scope="col">Holds</th>
          <th scope="col">Stands</th>
          <th scope="col">Last read</th>
        </tr>
      </thead>
      <tbody>
        {bindings.flatMap((binding) =>
          binding.routers.map((name) => (
            <Row key={`${binding.key}/${name}`} environment={environment} binding={binding} name={name} />
          )),
        )}
      </tbody>
    </table>
  );
}

interface RowProps {
  readonly environment: string;
  readonly binding: Binding;
  readonly name: string;
}

const DECIDES: Readonly<Record<string, string>> = {
  cohort: "by itself, with the SDK's table",
  own: "by itself, with its own cookie or hash",
  none: "each request anew",
};

function Row({ environment, binding, name }: RowProps) {
  const router = binding.status?.routers.find((each) => each.name === name);
  const { word, tone, meaning } = router && binding.enabled ? standingOfRouter(router) : standingOf(binding);
  return (
    <tr>
      <td data-label="Router">
        <strong>{name}</strong>
      </td>
      <td data-label="Traffic split">
        <Anchor
          size="sm"
          renderRoot={(props) => (
            <Link
              {...props}
              to="/splits/$env/$key"
              params={{ env: environment, key: binding.split }}
              search={{ tab: "routers" }}
            />
          )}
        >
          {binding.split}
        </Anchor>
      </td>
      <td data-label="Decides">{DECIDES[router?.capabilities?.sticky ?? ""] ?? "not known"}</td>
      <td data-label="Holds" className={styles.number}>
        <Held router={router} />
      </td>
      <td data-label="Stands">
        <span title={meaning}>
          <Tag tone={tone} dot>
            {word}
          </Tag>
        </span>
      </td>
      <td data-label="Last read">
        <When at={router?.observed?.at} />
      </td>
    </tr>
  );
}

function Held({ router }: { readonly router: RouterStatus | undefined }) {
  const holds = revisionIn(router?.observed?.revision);
  const wanted = revisionIn(router?.desired?.revision);
  const late = holds !== null && wanted !== null && holds < wanted;
  return (
    <span>
      {holds === null ? "not known" : `revision ${number(holds)}`}
      {late && <span className={styles.sub}> of {number(wanted)}</span>}
    </span>
  );
}

function Unbound() {
  const query = useQuery(routersQuery);
  const free = query.data?.items.filter(({ binding }) => binding === null).map(({ name }) => name) ?? [];
  if (!free.length) return null;
  return (
    <Text size="sm" c="dimmed" p="0.75rem 1rem">
      Configured, and bound nowhere: {list(free)}.
    </Text>
  );
}
