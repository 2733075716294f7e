import { Text } from "@mantine/core";

import { difference, type Document } from "@/text/diff";

interface DifferenceProps {
  readonly before: Document | null;
  readonly after: Document | null;
}

/** What changed, in words: line by line, what was and what is. */
export function Difference({ before, after }: DifferenceProps) {
  const lines = difference(before, after);
  if (!lines.length) return <Text c="dimmed">Nothing differs.</Text>;
  return (
    <table className="fs-table">
      <thead>
        <tr>
          <th scope="col">What</th>
          <th scope="col">Before</th>
          <th scope="col">After</th>
        </tr>
      </thead>
      <tbody>
        {lines.map((line) => (
          <tr key={line.label + (line.after ?? "")}>
            <th scope="row">{line.label}</th>
            <td>
              {line.before === null ? (
                <Text c="dimmed" span>
                  not set
                </Text>
              ) : (
                <span className="fs-was">{line.before}</span>
              )}
            </td>
            <td>
              {line.after === null ? (
                <Text c="dimmed" span>
                  gone
                </Text>
              ) : (
                <span className="fs-is">{line.after}</span>
              )}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
