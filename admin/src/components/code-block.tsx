import { ActionIcon, CopyButton, Group, Text, Tooltip } from "@mantine/core";
import { IconCheck, IconCopy, IconDownload } from "@tabler/icons-react";
import { useId } from "react";

import styles from "./code-block.module.css";

interface CodeBlockProps {
  readonly label: string;
  readonly text: string;
  /** What is drawn where the text is too long for that; the whole of it is copied. */
  readonly shown?: string;
  /** The name of the file that can be downloaded. */
  readonly download?: string;
}

/** A piece of code or configuration with its name, to be copied or kept. It scrolls by itself. */
export function CodeBlock({ label, text, shown, download }: CodeBlockProps) {
  const id = useId();
  return (
    <figure className={styles.block}>
      <Group component="figcaption" justify="space-between" className={styles.head} wrap="nowrap">
        <Text span size="sm" fw={600} id={id} className={styles.label}>
          {label}
        </Text>
        <Group gap={4} wrap="nowrap">
          {download && (
            <Tooltip label="Download">
              <ActionIcon
                component="a"
                size="sm"
                href={`data:text/plain;charset=utf-8,${encodeURIComponent(text)}`}
                download={download}
                aria-label={`Download ${download}`}
              >
                <IconDownload size={14} />
              </ActionIcon>
            </Tooltip>
          )}
          <CopyButton value={text}>
            {({ copied, copy }) => (
              <ActionIcon
                size="sm"
                onClick={copy}
                aria-label={copied ? `Copied: ${label}` : `Copy: ${label}`}
              >
                {copied ? <IconCheck size={14} /> : <IconCopy size={14} />}
              </ActionIcon>
            )}
          </CopyButton>
        </Group>
      </Group>
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls has to be reached by the keyboard */}
      <pre tabIndex={0} aria-labelledby={id} role="group">
        <code>{shown ?? text}</code>
      </pre>
    </figure>
  );
}
