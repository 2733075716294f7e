import { Button } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";

import { matrixQuery } from "@/api/queries";
import { useEnvironments } from "@/components/environment-picker";
import { Page } from "@/components/page";
import { ProblemNotice } from "@/components/problem-notice";

import { EnvironmentForm } from "./form";
import { EnvironmentRow } from "./row";
import styles from "./environments.module.css";

/** Every environment: how it is protected, how far it is, and what is in it. */
export function EnvironmentsScreen() {
  const { create, edit } = useSearch({ from: "/environments" });
  const navigate = useNavigate({ from: "/environments" });
  const environments = useEnvironments();
  const matrix = useQuery(matrixQuery);
  const edited = environments.find(({ key }) => key === edit) ?? null;
  const close = () => void navigate({ search: {}, replace: true });
  return (
    <Page
      title="Environments"
      actions={
        <Button
          leftSection={<IconPlus size={16} />}
          onClick={() => void navigate({ search: { create: true }, replace: true })}
        >
          New environment
        </Button>
      }
    >
      {matrix.isError && <ProblemNotice error={matrix.error} onRetry={() => void matrix.refetch()} />}
      <div className={styles.list}>
        {environments.map((environment) => (
          <EnvironmentRow
            key={environment.key}
            environment={environment}
            matrix={matrix.data}
            only={environments.length === 1}
            onEdit={() => void navigate({ search: { edit: environment.key }, replace: true })}
          />
        ))}
      </div>
      {(create ?? edited) && (
        <EnvironmentForm
          key={edited?.key ?? ""}
          environments={environments}
          environment={edited}
          onClose={close}
        />
      )}
    </Page>
  );
}
