import { Notice } from "@/components/tag";

/** Nothing is asked while the context is not right. */
export function Waits() {
  return (
    <Notice tone="warn" role="status">
      The context is not right yet: nothing is asked until its marked field is.
    </Notice>
  );
}
