import { Button, Group, Modal, Select, Stack, TagsInput, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";

import { api, body, type Schemas } from "@/api/client";
import { splitsQuery } from "@/api/traffic";
import type { Environment } from "@/components/environment";
import { KeyInput } from "@/components/key-input";
import { useReview } from "@/components/review/review";
import type { Write } from "@/components/review/write";
import { WeightsEditor } from "@/components/splits";
import { faultOfKey } from "@/text/keys";
import { sum, WHOLE, type Weights } from "@/text/weights";

interface CreateSplitProps {
  readonly environment: Environment;
  readonly onClose: () => void;
}

interface Fields {
  readonly key: string;
  readonly name: string;
  readonly backends: string[];
  readonly stable: string;
  readonly weights: Weights;
}

const FIRST: Fields = {
  key: "",
  name: "",
  backends: ["stable", "canary"],
  stable: "stable",
  weights: { stable: WHOLE, canary: 0 },
};

/** A new split: key, backends, which of them is stable, and who gets how much. Everything else is a default. */
export function CreateSplit({ environment, onClose }: CreateSplitProps) {
  const [fields, setFields] = useState(FIRST);
  const { data: others = [] } = useQuery(splitsQuery(environment.key));
  const review = useReview();
  const navigate = useNavigate();
  const taken = others.map(({ key }) => key);
  const ready =
    fields.key &&
    !faultOfKey(fields.key, taken) &&
    fields.backends.length > 0 &&
    sum(fields.weights) === WHOLE;
  const save = async () => {
    const written = await review(creation(environment, fields));
    if (written)
      await navigate({ to: "/splits/$env/$key", params: { env: environment.key, key: fields.key } });
  };
  return (
    <Modal
      opened
      onClose={onClose}
      title={<strong>New traffic split in {environment.name ?? environment.key}</strong>}
    >
      <Stack
        component="form"
        onSubmit={(event) => {
          event.preventDefault();
          void save();
        }}
      >
        <KeyInput
          value={fields.key}
          onChange={(key) => setFields({ ...fields, key })}
          taken={taken}
          placeholder="checkout"
          description="Stands in the addresses that load balancers ask; it cannot be changed."
        />
        <TextInput
          label="Name"
          value={fields.name}
          onChange={(event) => setFields({ ...fields, name: event.currentTarget.value })}
        />
        <TagsInput
          label="Backends"
          description="As your load balancer calls them. Enter adds one."
          required
          value={fields.backends}
          onChange={(backends) => setFields(withBackends(fields, backends))}
        />
        <Select
          label="Stable"
          description="What everybody gets when nothing can be decided."
          data={fields.backends}
          value={fields.stable}
          allowDeselect={false}
          onChange={(stable) => stable && setFields({ ...fields, stable })}
        />
        <WeightsEditor
          label="Who gets how much"
          names={fields.backends}
          weights={fields.weights}
          onChange={(weights) => setFields({ ...fields, weights })}
        />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" disabled={!ready}>
            Review
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

/** Other backends: the stable one stays while it is there; what one had that is gone falls to the stable one. */
function withBackends(fields: Fields, backends: string[]): Fields {
  const stable = backends.includes(fields.stable) ? fields.stable : (backends[0] ?? "");
  const kept = Object.fromEntries(backends.map((name) => [name, fields.weights[name] ?? 0]));
  const weights = stable ? { ...kept, [stable]: (kept[stable] ?? 0) + WHOLE - sum(kept) } : kept;
  return { ...fields, backends, stable, weights };
}

function creation(environment: Environment, { key, name, backends, stable, weights }: Fields): Write {
  const document = {
    key,
    ...(name.trim() ? { name: name.trim() } : {}),
    backends,
    stable,
    default: { split: { weights } },
  };
  return {
    title: `Create the split ${key}`,
    environment,
    before: null,
    after: document,
    verb: "Create",
    send: ({ query, headers }) =>
      body(
        api.POST("/api/v1/environments/{environment}/splits", {
          params: { path: { environment: environment.key }, query, header: headers },
          body: document as Schemas["TrafficSplitCreate"],
        }),
      ),
  };
}
