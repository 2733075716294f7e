import { Anchor, Radio, Select, Stack, Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";

import { Difference } from "@/components/difference";
import type { Environment } from "@/components/environment";
import { Notice } from "@/components/tag";
import { WeightsEditor } from "@/components/splits";

import type { Subject } from "./commands";
import { weighed, type Body, type Place } from "./drafts";

/** Where a draft comes from: kept by the page of the flag or split, or weights that are tried here. */
export type Source = "kept" | "weights";

interface DraftSourceProps {
  readonly subject: Subject;
  readonly environment: Environment;
  readonly source: Source;
  readonly kept: boolean;
  readonly current: Body;
  readonly places: readonly Place[];
  /** The place whose weights are tried, and what they are. */
  readonly at: Place["at"];
  readonly draft: Body;
  readonly onSource: (source: Source) => void;
  readonly onPlace: (at: Place["at"]) => void;
  readonly onDraft: (draft: Body) => void;
}

/** What would be saved. */
export function DraftSource(props: DraftSourceProps) {
  const { subject, environment, source, kept, current, draft, onSource } = props;
  return (
    <Stack gap="sm">
      <Radio.Group label="What would be saved" value={source} onChange={(value) => onSource(value)}>
        <Stack gap={6} mt={6}>
          <Radio
            value="kept"
            label="The draft kept in this browser"
            description={kept ? "Edited and not yet saved." : "There is none."}
            disabled={!kept}
          />
          <Radio value="weights" label="Other weights, tried here" description="Nothing is kept or saved." />
        </Stack>
      </Radio.Group>
      {!kept && <HowTo subject={subject} environment={environment} />}
      {source === "weights" ? <Weights {...props} /> : <Difference before={current} after={draft} />}
    </Stack>
  );
}

/** Without a draft: how to make one. */
function HowTo({ subject, environment }: { readonly subject: Subject; readonly environment: Environment }) {
  const { kind, key } = subject;
  const page =
    kind === "flag" ? (
      <Anchor
        component={Link}
        underline="always"
        to="/flags/$key"
        params={{ key } as never}
        search={{ env: environment.key } as never}
        inherit
      >
        {key}
      </Anchor>
    ) : (
      <Anchor
        component={Link}
        underline="always"
        to="/splits/$env/$key"
        params={{ env: environment.key, key } as never}
        inherit
      >
        {key}
      </Anchor>
    );
  return (
    <Notice tone="quiet">
      To try rules, lists or anything else: edit {page} in {environment.name ?? environment.key} and come back
      before saving. What is edited there is kept as a draft and offered here.
    </Notice>
  );
}

function Weights({ places, at, draft, onPlace, onDraft }: DraftSourceProps) {
  const place = places.find((each) => each.at === at) ?? places.at(-1);
  if (!place) return null;
  return (
    <>
      {places.length > 1 && (
        <Select
          label="Weights of"
          data={places.map((each) => ({ value: String(each.at), label: each.label }))}
          value={String(place.at)}
          allowDeselect={false}
          onChange={(value) => onPlace(value === "default" ? "default" : Number(value))}
        />
      )}
      {place.names.length > 1 ? (
        <WeightsEditor
          key={place.at}
          label={`Weights of ${place.label}`}
          names={place.names}
          weights={place.weights}
          onChange={(weights) => onDraft(weighed(draft, place.at, weights))}
        />
      ) : (
        <Text size="sm" c="dimmed">
          There is one variant only: nothing can be shared out.
        </Text>
      )}
    </>
  );
}
