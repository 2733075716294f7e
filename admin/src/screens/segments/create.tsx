import { Button, Group, Modal, Stack, Text, Textarea, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";

import { api, body, type Schemas } from "@/api/client";
import { allSegmentsQuery } from "@/api/segments";
import type { Environment } from "@/components/environment";
import { KeyInput } from "@/components/key-input";
import { useReview } from "@/components/review/review";
import type { Write } from "@/components/review/write";
import { count } from "@/text/numbers";
import { faultOfKey } from "@/text/keys";
import { unitsIn } from "@/text/units";

interface CreateSegmentProps {
  readonly environment: Environment;
  readonly onClose: () => void;
}

/** A new segment: key, name, and perhaps who is listed; conditions come on its own page. */
export function CreateSegment({ environment, onClose }: CreateSegmentProps) {
  const [key, setKey] = useState("");
  const [name, setName] = useState("");
  const [text, setText] = useState("");
  const { data: others = [] } = useQuery(allSegmentsQuery(environment.key, false));
  const review = useReview();
  const navigate = useNavigate();
  const taken = others.map((other) => other.key);
  const { units } = unitsIn(text);
  const save = async () => {
    const document = { key, ...(name.trim() ? { name: name.trim() } : {}), included: units };
    if (await review(creation(environment, document)))
      await navigate({ to: "/segments/$env/$key", params: { env: environment.key, key } });
  };
  return (
    <Modal
      opened
      onClose={onClose}
      title={<strong>New segment in {environment.name ?? environment.key}</strong>}
    >
      <Stack
        component="form"
        onSubmit={(event) => {
          event.preventDefault();
          void save();
        }}
      >
        <KeyInput
          value={key}
          onChange={setKey}
          taken={taken}
          placeholder="beta"
          description="Named by rules; it cannot be changed."
        />
        <TextInput label="Name" value={name} onChange={(event) => setName(event.currentTarget.value)} />
        <Textarea
          label="Units"
          description="Who is listed, one per line. Lists from files and conditions come next."
          autosize
          minRows={3}
          maxRows={10}
          spellCheck={false}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
        />
        {units.length > 0 && (
          <Text size="sm" c="dimmed" role="status">
            {count(units.length, "unit")}
          </Text>
        )}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" disabled={!key || faultOfKey(key, taken) !== null}>
            Review
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

function creation(
  environment: Environment,
  document: { readonly key: string; readonly included: readonly string[] },
): Write {
  return {
    title: `Create the segment ${document.key}`,
    environment,
    before: null,
    after: document,
    verb: "Create",
    send: ({ query, headers }) =>
      body(
        api.POST("/api/v1/environments/{environment}/segments", {
          params: { path: { environment: environment.key }, query, header: headers },
          body: document as unknown as Schemas["SegmentCreate"],
        }),
      ),
  };
}
