import type { System } from "@/api/service";
import { EnvironmentName } from "@/components/environment";
import { useEnvironments } from "@/components/environment-picker";
import { Panel } from "@/components/panel";
import { Tag } from "@/components/tag";
import { duration } from "@/text/times";

import { published } from "@/components/health";

/** What decides in this process, by environment: which revision, how lately confirmed, and whether Redis has it. */
export function Snapshots({ system }: { readonly system: System }) {
  const known = useEnvironments();
  return (
    <Panel title="Snapshots" note="what decides in this process" flush>
      <table className="fs-table fs-cards">
        <thead>
          <tr>
            <th scope="col">Environment</th>
            <th scope="col">Revision</th>
            <th scope="col">Confirmed</th>
            <th scope="col">Copy</th>
          </tr>
        </thead>
        <tbody>
          {Object.entries(system.snapshot).map(([key, held]) => {
            const copy = published(system, held);
            return (
              <tr key={key}>
                <td data-label="Environment">
                  <EnvironmentName
                    environment={
                      known.find((each) => each.key === key) ?? { key, name: null, protected: false }
                    }
                  />
                </td>
                <td data-label="Revision">{held.revision}</td>
                <td data-label="Confirmed">
                  {held.ageSeconds === null ? "never yet" : `${duration(Math.round(held.ageSeconds))} ago`}
                </td>
                <td data-label="Copy">
                  <Tag tone={copy.tone}>{copy.word}</Tag>
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </Panel>
  );
}
