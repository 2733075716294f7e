import { Skeleton, Stack } from "@mantine/core";
import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";

import { ProblemNotice } from "./problem-notice";

interface AsyncProps<T> {
  readonly query: UseQueryResult<T>;
  readonly children: (data: T) => ReactNode;
  /** How many lines the skeleton has. */
  readonly lines?: number;
  /** What stands there when the data is there and empty. */
  readonly empty?: ReactNode;
  readonly isEmpty?: (data: T) => boolean;
}

/**
 * One part of a screen that comes from the service: waiting, failed (with Retry), empty, or there. A failed refresh
 * keeps what was there, below the error; the rest of the screen stays.
 */
export function Async<T>({ query, children, lines = 4, empty, isEmpty }: AsyncProps<T>) {
  if (query.isPending) return <Waiting lines={lines} />;
  const failed = query.isError && <ProblemNotice error={query.error} onRetry={() => void query.refetch()} />;
  if (query.data === undefined) return failed;
  return (
    <>
      {failed}
      {empty && isEmpty?.(query.data) ? empty : children(query.data)}
    </>
  );
}

function Waiting({ lines }: { readonly lines: number }) {
  return (
    <Stack gap="sm" aria-busy="true" role="status" aria-label="Loading">
      {Array.from({ length: lines }, (_, i) => (
        <Skeleton key={i} height={22} />
      ))}
    </Stack>
  );
}
