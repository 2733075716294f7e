import { Button } from "@mantine/core";

interface EditToggleProps {
  /** What is edited, for those who hear it. */
  readonly what: string;
  readonly open: boolean;
  readonly onChange: (open: boolean) => void;
}

/** Unfolds what reads as a sentence, so that it can be edited in its place. */
export function EditToggle({ what, open, onChange }: EditToggleProps) {
  return (
    <Button
      size="compact-sm"
      variant="default"
      aria-expanded={open}
      aria-label={`${open ? "Done with" : "Edit"} ${what}`}
      onClick={() => onChange(!open)}
    >
      {open ? "Done" : "Edit"}
    </Button>
  );
}
