import { Stack, TagsInput, Textarea, TextInput, Title } from "@mantine/core";

interface Texts {
  readonly name?: string | null;
  readonly description?: string | null;
  readonly owner?: string | null;
  readonly tags?: readonly string[];
}

interface TextsCardProps {
  readonly value: Texts;
  readonly onChange: (
    part: Partial<{ name: string | null; description: string | null; owner: string | null; tags: string[] }>,
  ) => void;
}

/** What people write about a document. */
export function TextsCard({ value, onChange }: TextsCardProps) {
  const text = (name: "name" | "description" | "owner") => ({
    value: value[name] ?? "",
    onChange: (event: { currentTarget: { value: string } }) =>
      onChange({ [name]: event.currentTarget.value || null }),
  });
  return (
    <section className="fs-card" aria-labelledby="texts">
      <Stack gap="sm">
        <Title order={2} id="texts">
          Texts
        </Title>
        <TextInput label="Name" maxLength={200} {...text("name")} />
        <Textarea label="Description" autosize minRows={2} maxLength={10_000} {...text("description")} />
        <TextInput label="Owner" maxLength={200} {...text("owner")} />
        <TagsInput
          label="Tags"
          description="Words to find it by."
          value={[...(value.tags ?? [])]}
          onChange={(tags) => onChange({ tags })}
        />
      </Stack>
    </section>
  );
}
