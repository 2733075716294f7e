import { Group, Select, Stack, TagsInput, Text, Title } from "@mantine/core";

import type { Schemas } from "@/api/client";
import { SplitEditor, tableOf, WhoMoves, type Rehearsal, type Split, type Table } from "@/components/splits";
import { sum, WHOLE } from "@/text/weights";

import { weightsOf, type Edited } from "./editing";

interface BackendsProps {
  readonly value: Edited;
  readonly split: Schemas["TrafficSplit"];
  readonly rehearsal: Rehearsal;
  readonly onChange: (next: Edited) => void;
}

/** The backends, the stable one, and who gets how much of everybody whom nothing above takes. */
export function Backends({ value, split, rehearsal, onChange }: BackendsProps) {
  const weights = weightsOf(value.default);
  return (
    <section className="fs-card" aria-labelledby="default">
      <Stack gap="sm">
        <div>
          <Title order={2} id="default">
            Everybody else
          </Title>
          <Text size="sm" c="dimmed">
            Whom nothing above takes. As few units as possible move when shares change.
          </Text>
        </div>
        <SplitEditor
          label="everybody else"
          names={value.backends}
          value={"split" in value.default ? value.default.split : ({ weights } as Split)}
          stored={"split" in split.default ? tableOf(split.default.split) : null}
          next={afterwards(rehearsal)}
          moves={<WhoMoves rehearsal={rehearsal} pointer="/default" />}
          salt={split.salt}
          onChange={(next) => onChange({ ...value, default: { split: next } })}
        />
        <Group align="flex-start" grow preventGrowOverflow={false}>
          <TagsInput
            label="Backends"
            description="As your load balancers call them."
            value={value.backends}
            onChange={(backends) => onChange(withBackends(value, backends))}
            miw={220}
          />
          <Select
            label="Stable"
            description="What everybody gets when nothing can be decided."
            data={value.backends}
            value={value.stable}
            allowDeselect={false}
            onChange={(stable) => stable && onChange({ ...value, stable })}
            miw={220}
          />
        </Group>
      </Stack>
    </section>
  );
}

type Serve = Edited["default"];

/** The same split with other weights: salt, hash and unit stay. */
function withWeights(serve: Serve, weights: Readonly<Record<string, number>>): Serve {
  const kept = "split" in serve ? serve.split : {};
  return { split: { ...kept, weights } } as Serve;
}

/** The table that a save would make of it. */
function afterwards({ written }: Rehearsal): Table | null {
  const after = written?.document as { readonly default?: Serve } | null | undefined;
  return after?.default && "split" in after.default ? tableOf(after.default.split) : null;
}

/** What a backend had that is gone falls to the stable one. */
function withBackends(value: Edited, backends: string[]): Edited {
  const weights = weightsOf(value.default);
  const kept = Object.fromEntries(backends.map((name) => [name, weights[name] ?? 0]));
  const heir = backends.includes(value.stable) ? value.stable : backends[0];
  if (!heir) return { ...value, backends };
  const whole = { ...kept, [heir]: (kept[heir] ?? 0) + WHOLE - sum(kept) };
  return { ...value, backends, stable: heir, default: withWeights(value.default, whole) };
}
