import { SegmentedControl, Select } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { useSuspenseQuery } from "@tanstack/react-query";

import { environmentsQuery } from "@/api/queries";

import { EnvironmentName, type Environment } from "./environment";

const REMEMBERED = "flagsvc-environment";
const FEW = 5;

/** Every open environment, unprotected ones first; waits (in the nearest Suspense) until they are known. */
export function useEnvironments(): readonly Environment[] {
  const { data } = useSuspenseQuery(environmentsQuery);
  return [...data].sort((a, b) => Number(a.protected) - Number(b.protected) || a.key.localeCompare(b.key));
}

/** The environment that the address names, or the one that was looked at last, or the first; never undefined. */
export function useEnvironment(named: string | undefined): Environment {
  const environments = useEnvironments();
  const find = (key: string | null | undefined) =>
    environments.find((environment) => environment.key === key);
  const chosen = find(named) ?? find(localStorage.getItem(REMEMBERED)) ?? environments[0];
  if (!chosen)
    throw new Error(
      "This service has no environment yet: make one with `flagctl api POST /api/v1/environments`.",
    );
  return chosen;
}

interface EnvironmentPickerProps {
  readonly value: Environment;
  readonly onChange: (key: string) => void;
}

/** Chooses the environment that a screen shows; it is remembered for the next screen. */
export function EnvironmentPicker({ value, onChange }: EnvironmentPickerProps) {
  const environments = useEnvironments();
  const narrow = useMediaQuery("(max-width: 48em)");
  const choose = (key: string | null) => {
    if (!key) return;
    localStorage.setItem(REMEMBERED, key);
    onChange(key);
  };
  if (narrow || environments.length > FEW) {
    const data = environments.map(({ key, name, protected: guarded }) => ({
      value: key,
      label: `${name ?? key}${guarded ? " (protected)" : ""}`,
    }));
    return (
      <Select
        aria-label="Environment"
        data={data}
        value={value.key}
        onChange={choose}
        allowDeselect={false}
      />
    );
  }
  const data = environments.map((environment) => ({
    value: environment.key,
    label: <EnvironmentName environment={environment} />,
  }));
  return <SegmentedControl aria-label="Environment" data={data} value={value.key} onChange={choose} />;
}
