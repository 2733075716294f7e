import { Group, Stack, TagsInput, Textarea, TextInput } from "@mantine/core";

import { useScene } from "./context";
import type { Definition } from "./draft";
import { Lifecycle } from "./lifecycle";
import { Section } from "./section";
import styles from "./flag.module.css";
import { Variants } from "./variants";

/** What belongs to the flag in all environments, and its end. */
export function Settings({ guarded }: { readonly guarded: boolean }) {
  return (
    <Stack gap="md">
      <div className={styles.sections}>
        <Texts />
        <Variants />
        <Lifecycle guarded={guarded} />
      </div>
    </Stack>
  );
}

function Texts() {
  const { editing, still } = useScene();
  const { value, set } = editing.definition;
  const put = (part: Partial<Definition>) => set((now) => ({ ...now, ...part }));
  const text = (name: "name" | "description" | "owner" | "expires") => ({
    value: value[name] ?? "",
    disabled: still,
    onChange: (event: { currentTarget: { value: string } }) =>
      put({ [name]: event.currentTarget.value || null }),
  });
  return (
    <Section title="Definition" hint="the same in every environment">
      <Stack gap="sm" maw={720} mt="xs">
        <TextInput
          label="Name"
          description="Title for people; the key stays as it is."
          maxLength={200}
          {...text("name")}
        />
        <Textarea label="Description" autosize minRows={2} maxLength={10_000} {...text("description")} />
        <Group grow align="flex-start">
          <TextInput label="Owner" description="A team, or a person." maxLength={200} {...text("owner")} />
          <TextInput
            label="Expires"
            type="date"
            description="When it should be gone."
            {...text("expires")}
            value={(value.expires ?? "").slice(0, 10)}
          />
        </Group>
        <TagsInput
          label="Tags"
          description="Words to find it by; Enter keeps one."
          value={[...value.tags]}
          onChange={(tags) => put({ tags })}
          disabled={still}
        />
      </Stack>
    </Section>
  );
}
