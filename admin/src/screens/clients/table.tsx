import { Tooltip } from "@mantine/core";

import type { Client, Delivery } from "@/api/service";
import { Tag } from "@/components/tag";
import { When } from "@/components/when";
import { duration } from "@/text/times";

import styles from "./clients.module.css";
import { ordered, placeOf } from "./standing";

const ID_SHOWN = 8;

interface ClientTableProps {
  readonly clients: readonly Client[];
  readonly summary: Delivery;
}

/** Every process: what it is, what it holds, and when it was last heard. Those who are behind come first. */
export function ClientTable({ clients, summary }: ClientTableProps) {
  const late = new Set(summary.behind.map(({ client }) => client));
  return (
    <table className="fs-table fs-cards">
      <caption className="fs-hidden">Processes with an SDK</caption>
      <thead>
        <tr>
          <th scope="col">Application</th>
          <th scope="col">SDK</th>
          <th scope="col">Holds</th>
          <th scope="col">Stands</th>
          <th scope="col">Arrived after</th>
          <th scope="col">Last seen</th>
        </tr>
      </thead>
      <tbody>
        {ordered(clients, late).map((client) => (
          <Row key={client.client} client={client} place={placeOf(client, summary.revision, late)} />
        ))}
      </tbody>
    </table>
  );
}

function Row({ client, place }: { readonly client: Client; readonly place: ReturnType<typeof placeOf> }) {
  return (
    <tr>
      <td data-label="Application">
        <span>
          <strong>{client.application || "without a name"}</strong>{" "}
          <Tooltip label={`process ${client.client}`}>
            <code className={`fs-mono ${styles.sub ?? ""}`}>{client.client.slice(0, ID_SHOWN)}</code>
          </Tooltip>
        </span>
      </td>
      <td data-label="SDK">{client.sdk}</td>
      <td data-label="Holds" className={styles.number}>
        revision {client.revision}
      </td>
      <td data-label="Stands">
        <Tag tone={place.tone} dot>
          {place.word}
        </Tag>
      </td>
      <td data-label="Arrived after" className={styles.number}>
        {client.appliedAfterMs === null ? "not known" : duration(Math.max(1, client.appliedAfterMs) / 1000)}
      </td>
      <td data-label="Last seen">
        <When at={client.lastSeenAt} />
      </td>
    </tr>
  );
}
