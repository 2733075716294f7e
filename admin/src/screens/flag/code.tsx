import { ActionIcon, CopyButton, Stack, Text, Title, Tooltip } from "@mantine/core";
import { IconCheck, IconCopy } from "@tabler/icons-react";

import { useScene } from "./context";
import styles from "./flag.module.css";
import { snippets, type Snippet } from "./snippets";

/** How this flag is asked for, to be copied. */
export function Code() {
  const { flag, environment } = useScene();
  return (
    <Stack gap="lg" maw={860}>
      {snippets(flag, environment.key, window.location.origin).map((snippet) => (
        <One key={snippet.title} snippet={snippet} />
      ))}
    </Stack>
  );
}

function One({ snippet: { title, hint, text } }: { readonly snippet: Snippet }) {
  return (
    <section>
      <Title order={2} size="h4">
        {title}
      </Title>
      <Text size="sm" c="dimmed" mb={6}>
        {hint}
      </Text>
      <div className={styles.snippet}>
        {/* It scrolls sideways: the focus is what lets a keyboard do that. */}
        {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
        <pre tabIndex={0} aria-label={`${title} snippet`}>
          <code>{text.trimEnd()}</code>
        </pre>
        <CopyButton value={text}>
          {({ copied, copy }) => (
            <Tooltip label={copied ? "Copied" : "Copy"}>
              <ActionIcon size="md" onClick={copy} aria-label={copied ? `Copied ${title}` : `Copy ${title}`}>
                {copied ? <IconCheck size={16} /> : <IconCopy size={16} />}
              </ActionIcon>
            </Tooltip>
          )}
        </CopyButton>
      </div>
    </section>
  );
}
