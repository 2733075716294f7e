import { Button, Group, List, Text } from "@mantine/core";

import { problemOf } from "@/api/problem";

import { Notice } from "./tag";
import { Timed } from "./when";

interface ProblemNoticeProps {
  readonly error: unknown;
  readonly onRetry?: () => void;
}

/** What went wrong, where, and how to find it in the logs; with a way to try again. */
export function ProblemNotice({ error, onRetry }: ProblemNoticeProps) {
  const problem = problemOf(error);
  return (
    <Notice tone="bad" title={problem.title} role="alert">
      <Text size="sm">
        <Timed text={problem.detail} />
      </Text>
      {problem.errors.length > 0 && (
        <List size="sm" mt="xs">
          {problem.errors.map((fault) => (
            <List.Item key={fault.pointer + fault.code}>
              {fault.pointer && <code className="fs-mono">{fault.pointer}</code>} {fault.detail}
            </List.Item>
          ))}
        </List>
      )}
      <Group gap="sm" mt="xs">
        {onRetry && (
          <Button size="xs" variant="default" onClick={onRetry}>
            Retry
          </Button>
        )}
        {problem.requestId && (
          <Text size="xs" c="dimmed">
            request <span className="fs-mono">{problem.requestId}</span>
          </Text>
        )}
      </Group>
    </Notice>
  );
}
