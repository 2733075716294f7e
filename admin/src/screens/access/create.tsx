import { Button, Group, Modal, Radio, Select, Stack, TextInput } from "@mantine/core";
import { useState } from "react";

import { problemOf } from "@/api/problem";
import { useEnvironments } from "@/components/environment-picker";
import { ProblemNotice } from "@/components/problem-notice";

import { create } from "./queries";
import type { Made } from "./secret";
import { useMade } from "./use-made";
import { endOf, KIND_NAMES, KINDS, LIVES, type Kind } from "./words";

interface CreateTokenProps {
  readonly onMade: (made: Made) => void;
  readonly onClose: () => void;
}

/** Asks what a new token is for; the service makes it. */
export function CreateToken({ onMade, onClose }: CreateTokenProps) {
  const environments = useEnvironments();
  const [kind, setKind] = useState<Kind>("sdk");
  const [environment, setEnvironment] = useState(environments[0]?.key ?? null);
  const [name, setName] = useState("");
  const [life, setLife] = useState<string>(LIVES[1].value);
  const [reason, setReason] = useState("");
  const { busy, error, make } = useMade(onMade);
  const faults = error ? problemOf(error).errors : [];
  const at = (pointer: string) => faults.find((fault) => fault.pointer === pointer)?.detail;
  const send = () =>
    make(() =>
      create(
        {
          kind,
          environment: kind === "admin" ? null : environment,
          name: name.trim(),
          expiresAt: endOf(life, Date.now()),
        },
        reason.trim(),
      ),
    );
  return (
    <Modal
      opened
      onClose={onClose}
      size="lg"
      title={<strong>New token</strong>}
      closeButtonProps={{ "aria-label": "Close; no token is made" }}
    >
      <Stack
        component="form"
        onSubmit={(event) => {
          event.preventDefault();
          void send();
        }}
      >
        <TextInput
          label="Name"
          description="Who or what will hold it, such as the laptop of Ann or the web shop."
          required
          maxLength={200}
          value={name}
          error={at("/name")}
          onChange={(event) => setName(event.currentTarget.value)}
          data-autofocus
        />
        <Radio.Group label="Kind" value={kind} onChange={(value) => setKind(value)} error={at("/kind")}>
          <Stack gap="xs" mt={6}>
            {KIND_NAMES.map((each) => (
              <Radio key={each} value={each} label={KINDS[each].label} description={KINDS[each].may} />
            ))}
          </Stack>
        </Radio.Group>
        {kind !== "admin" && (
          <Select
            label="Environment"
            required
            allowDeselect={false}
            data={environments.map((each) => ({
              value: each.key,
              label: `${each.name ?? each.key}${each.protected ? " (protected)" : ""}`,
            }))}
            value={environment}
            onChange={setEnvironment}
            error={at("/environment")}
          />
        )}
        <Select
          label="Valid for"
          allowDeselect={false}
          data={LIVES}
          value={life}
          onChange={(value) => setLife(value ?? "")}
          error={at("/expiresAt")}
        />
        <TextInput
          label="Why"
          description="Kept in the audit trail, beside your name."
          maxLength={1000}
          value={reason}
          onChange={(event) => setReason(event.currentTarget.value)}
        />
        {error !== null && <ProblemNotice error={error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={busy} disabled={!name.trim()}>
            Create the token
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
