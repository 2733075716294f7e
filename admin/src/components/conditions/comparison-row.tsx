import { Autocomplete, Checkbox, Select } from "@mantine/core";

import { OPERATORS, operatorOf, type Operator } from "@/text/operators";

import { withOperator, type Comparison } from "./blanks";
import styles from "./conditions.module.css";
import { below, said, type Faults } from "./faults";
import { KindPicker } from "./kind-picker";
import { ValueTags } from "./value-tags";

interface ComparisonRowProps {
  readonly value: Comparison;
  readonly attributes: readonly string[];
  readonly faults: Faults;
  readonly onChange: (value: Comparison) => void;
}

const NOT = "!";
const CHOICES = OPERATORS.flatMap((operator) => [
  { value: operator.name, label: operator.words },
  { value: NOT + operator.name, label: operator.negated },
]);

/** An attribute, an operator in words, and values. */
export function ComparisonRow({ value, attributes, faults, onChange }: ComparisonRowProps) {
  const operator = operatorOf(value.op);
  const values = value.values ?? [];
  const set = (part: Partial<Comparison>) => onChange({ ...value, ...part });
  return (
    <div className={styles.fields}>
      <Autocomplete
        aria-label="Attribute"
        placeholder="attribute"
        data={[...new Set(attributes)]}
        value={value.attribute}
        onChange={(attribute) => set({ attribute })}
        error={said(faults, "/attribute")}
        autoComplete="off"
        spellCheck={false}
        limit={12}
      />
      <Select
        aria-label="Operator"
        data={choices(operator)}
        value={(value.negate ? NOT : "") + value.op}
        onChange={(chosen) => {
          if (chosen) onChange(withOperator(value, chosen.replace(NOT, ""), chosen.startsWith(NOT)));
        }}
        error={said(faults, "/op")}
        searchable
        allowDeselect={false}
        maxDropdownHeight={320}
      />
      {operator.operand === "none" ? (
        <span />
      ) : (
        <div>
          <KindPicker operand={operator.operand} values={values}>
            {(kind, picker) => (
              <>
                <ValueTags
                  label={`values of ${value.attribute || "this condition"}`}
                  values={values}
                  operator={operator}
                  kind={kind}
                  faults={below(faults, "/values")}
                  onChange={(next) => set({ values: [...next] })}
                />
                <div className={styles.options}>
                  {picker}
                  {operator.foldsCase && (
                    <Checkbox
                      size="xs"
                      label="Ignore case"
                      checked={value.ignoreCase}
                      onChange={(event) => onChange(folding(value, event.currentTarget.checked))}
                    />
                  )}
                </div>
              </>
            )}
          </KindPicker>
        </div>
      )}
    </div>
  );
}

/** An operator that this console does not know stays choosable as long as it is there. */
function choices(operator: Operator) {
  const known = CHOICES.some(({ value }) => value === operator.name);
  return known ? CHOICES : [{ value: operator.name, label: operator.name }, ...CHOICES];
}

/** As the service stores it: what is not asked for is not there. */
function folding(value: Comparison, on: boolean): Comparison {
  return withOperator({ ...value, ignoreCase: on }, value.op, value.negate);
}
