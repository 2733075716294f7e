import { Button, Group, Modal, MultiSelect, NumberInput, Radio, Stack } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { bindingsQuery, routersQuery } from "@/api/traffic";
import { Async } from "@/components/async";
import type { Environment } from "@/components/environment";
import { KeyInput } from "@/components/key-input";
import { useReview } from "@/components/review/review";
import type { Binding } from "@/components/standing";
import { Notice } from "@/components/tag";
import { faultOfKey } from "@/text/keys";

import { choices } from "./choices";
import { bindingOf, type Fields } from "./commands";

interface BindingFormProps {
  readonly environment: Environment;
  readonly split: string;
  /** Null for a new one. */
  readonly binding: Binding | null;
  readonly onClose: () => void;
}

/** A binding: which routers follow the split, and what happens when one does not. */
export function BindingForm({ environment, split, binding, onClose }: BindingFormProps) {
  const [fields, setFields] = useState<Fields>(binding ?? first(split));
  const { data: bindings = [] } = useQuery(bindingsQuery(environment.key));
  const routers = useQuery(routersQuery);
  const review = useReview();
  const taken = binding ? [] : bindings.map(({ key }) => key);
  const ready = fields.key && !faultOfKey(fields.key, taken) && fields.routers.length > 0;
  const save = async () => {
    if (await review(bindingOf(environment, split, binding, fields))) onClose();
  };
  return (
    <Modal
      opened
      onClose={onClose}
      title={<strong>{binding ? `Edit ${binding.key}` : `Bind ${split} to routers`}</strong>}
    >
      <Stack
        component="form"
        onSubmit={(event) => {
          event.preventDefault();
          void save();
        }}
      >
        {!binding && (
          <KeyInput
            value={fields.key}
            onChange={(key) => setFields({ ...fields, key })}
            taken={taken}
            description="Names the binding; it cannot be changed."
          />
        )}
        <Async query={routers} lines={2}>
          {({ items }) =>
            items.length === 0 ? (
              <Notice tone="warn" title="No router is configured">
                Name the load balancers in a file, and start the service with FLAGSVC_ROUTERS set to it. The
                tab Connect has the lines for this split.
              </Notice>
            ) : (
              <MultiSelect
                label="Routers"
                description="Told one after another, in this order; a router follows one binding only."
                required
                data={choices(items, environment.key, binding?.key)}
                value={fields.routers}
                onChange={(names) => setFields({ ...fields, routers: names })}
              />
            )
          }
        </Async>
        <Radio.Group
          label="When somebody else changes a router"
          value={fields.drift}
          onChange={(drift) => setFields({ ...fields, drift })}
        >
          <Stack gap={6} mt={4}>
            <Radio value="reassert" label="Tell it again" />
            <Radio value="pause" label="Leave it alone, and say so" />
          </Stack>
        </Radio.Group>
        <Radio.Group
          label="When not all routers can be told"
          value={fields.onFailure}
          onChange={(what) => setFields({ ...fields, onFailure: what })}
        >
          <Stack gap={6} mt={4}>
            <Radio value="revert" label="All go back, and so does the split" />
            <Radio value="hold" label="All go back; the split stays, and waits for somebody" />
          </Stack>
        </Radio.Group>
        <NumberInput
          label="All have to follow within"
          suffix=" s"
          min={1}
          max={3600}
          allowDecimal={false}
          value={fields.deadlineSeconds}
          onChange={(seconds) => setFields({ ...fields, deadlineSeconds: Number(seconds) || 1 })}
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

function first(split: string): Fields {
  return { key: split, routers: [], drift: "reassert", onFailure: "revert", deadlineSeconds: 60 };
}
