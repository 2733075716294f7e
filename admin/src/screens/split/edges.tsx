import {
  Checkbox,
  Group,
  NumberInput,
  Select,
  Stack,
  Switch,
  TagsInput,
  Text,
  TextInput,
  Title,
} from "@mantine/core";

import { percent, weightOf, WHOLE } from "@/text/weights";

import type { Edited } from "./editing";

interface EdgesProps {
  readonly value: Edited;
  readonly onChange: (next: Edited) => void;
}

const UNIT = { headers: ["X-User-Id"], cookies: ["uid"], clientAddress: false };
const STICKY = { cookie: "flagsvc_unit", maxAgeSeconds: 31_536_000, secure: true };
const DAY = 86_400;

/** How a load balancer's request becomes a unit, and what else it may ask for. */
export function Edges({ value, onChange }: EdgesProps) {
  const unit = value.unit ?? UNIT;
  const put = (part: Partial<Edited>) => onChange({ ...value, ...part });
  const ofUnit = (part: Partial<typeof unit>) => put({ unit: { ...unit, ...part } });
  return (
    <section className="fs-card" aria-labelledby="edges">
      <Stack gap="md">
        <Title order={2} id="edges">
          Requests
        </Title>
        <Stack gap="xs">
          <Text size="sm" c="dimmed">
            The unit of a request is its first header, else its first cookie, that is there.
          </Text>
          <Group grow align="flex-start" preventGrowOverflow={false}>
            <TagsInput
              label="Headers"
              value={unit.headers ?? []}
              onChange={(headers) => ofUnit({ headers })}
              miw={200}
            />
            <TagsInput
              label="Cookies"
              value={unit.cookies ?? []}
              onChange={(cookies) => ofUnit({ cookies })}
              miw={200}
            />
          </Group>
          <Checkbox
            label="Else the client’s address"
            description="Many people share one, and it changes: a last resort."
            checked={unit.clientAddress}
            onChange={(event) => ofUnit({ clientAddress: event.currentTarget.checked })}
          />
        </Stack>
        <Stack gap="xs">
          <Switch
            label="Give visitors without a unit a cookie"
            checked={value.sticky !== null}
            onChange={(event) => put({ sticky: event.currentTarget.checked ? STICKY : null })}
          />
          {value.sticky && <Cookie sticky={value.sticky} onChange={(sticky) => put({ sticky })} />}
        </Stack>
        <Stack gap="xs">
          <Switch
            label="Let a header name the backend outright"
            description="For previews. Anybody can send it: let it through from those only who may."
            checked={value.force !== null}
            onChange={(event) => put({ force: event.currentTarget.checked ? { header: "X-Preview" } : null })}
          />
          {value.force && (
            <TextInput
              label="Header"
              maw={280}
              value={value.force.header}
              onChange={(event) => put({ force: { header: event.currentTarget.value.trim() } })}
            />
          )}
        </Stack>
        <Mirror value={value} onChange={put} />
      </Stack>
    </section>
  );
}

type Sticky = NonNullable<Edited["sticky"]>;

function Cookie({
  sticky,
  onChange,
}: {
  readonly sticky: Sticky;
  readonly onChange: (next: Sticky) => void;
}) {
  return (
    <Group align="flex-end">
      <TextInput
        label="Cookie"
        value={sticky.cookie}
        onChange={(event) => onChange({ ...sticky, cookie: event.currentTarget.value.trim() })}
      />
      <NumberInput
        label="Kept for"
        suffix=" days"
        min={1}
        allowDecimal={false}
        value={Math.max(1, Math.round(sticky.maxAgeSeconds / DAY))}
        onChange={(days) => onChange({ ...sticky, maxAgeSeconds: (Number(days) || 1) * DAY })}
        w={130}
      />
      <Checkbox
        label="HTTPS only"
        checked={sticky.secure}
        onChange={(event) => onChange({ ...sticky, secure: event.currentTarget.checked })}
        mb={8}
      />
    </Group>
  );
}

interface MirrorProps {
  readonly value: Edited;
  readonly onChange: (part: Partial<Edited>) => void;
}

function Mirror({ value, onChange }: MirrorProps) {
  const { mirror } = value;
  const candidate = value.backends.find((name) => name !== value.stable) ?? value.stable;
  return (
    <Stack gap="xs">
      <Switch
        label="Mirror some requests"
        description="A backend gets copies, and its answers are thrown away. Copies do what requests do: nothing may be charged twice."
        checked={mirror !== null}
        onChange={(event) =>
          onChange({
            mirror: event.currentTarget.checked ? { backend: candidate, share: WHOLE / 100 } : null,
          })
        }
      />
      {mirror && (
        <Group align="flex-start">
          <Select
            label="Copies go to"
            data={value.backends}
            value={mirror.backend}
            allowDeselect={false}
            onChange={(backend) => backend && onChange({ mirror: { ...mirror, backend } })}
            w={180}
          />
          <NumberInput
            label="Share of the requests"
            suffix=" %"
            min={0}
            max={100}
            decimalScale={3}
            value={Number(percent(mirror.share).replace(" %", ""))}
            onChange={(typed) => {
              const share = weightOf(String(typed));
              if (share !== null) onChange({ mirror: { ...mirror, share } });
            }}
            w={160}
          />
        </Group>
      )}
    </Stack>
  );
}
