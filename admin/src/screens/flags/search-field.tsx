import { CloseButton, Combobox, TextInput, useCombobox } from "@mantine/core";
import { IconSearch } from "@tabler/icons-react";
import { useRef } from "react";

import styles from "./toolbar.module.css";
import { suggestions, type Facets } from "./tokens";

interface SearchFieldProps {
  readonly value: string;
  readonly onChange: (text: string) => void;
  readonly facets: Facets;
}

/** Free text and tokens; what can follow is offered below, and taken with the arrow keys and Enter. */
export function SearchField({ value, onChange, facets }: SearchFieldProps) {
  const list = useCombobox({ onDropdownClose: () => list.resetSelectedOption() });
  const field = useRef<HTMLInputElement>(null);
  const offered = list.dropdownOpened ? suggestions(value, facets) : [];
  const take = (text: string) => {
    onChange(text);
    list.resetSelectedOption();
    if (!text.endsWith(":")) list.closeDropdown();
    field.current?.focus();
  };
  const type = (text: string) => {
    onChange(text);
    list.openDropdown();
    list.resetSelectedOption();
  };
  return (
    <Combobox store={list} onOptionSubmit={take} shadow="md" offset={4} withinPortal={false}>
      <Combobox.Target>
        <TextInput
          ref={field}
          type="search"
          className={styles.search}
          aria-label="Search flags"
          placeholder="Search, or env:production state:on owner:…"
          autoComplete="off"
          spellCheck={false}
          leftSection={<IconSearch size={16} aria-hidden="true" />}
          rightSection={
            value && <CloseButton size="sm" aria-label="Clear the search" onClick={() => take("")} />
          }
          value={value}
          onChange={(event) => type(event.currentTarget.value)}
          onClick={() => list.openDropdown()}
          onBlur={() => list.closeDropdown()}
        />
      </Combobox.Target>
      <Combobox.Dropdown hidden={!offered.length}>
        <Combobox.Options aria-label="Ways to narrow the search">
          {offered.map(({ text, label, hint }) => (
            <Combobox.Option key={label} value={text} className={styles.option}>
              <code className="fs-mono">{label}</code> {hint && <span>{hint}</span>}
            </Combobox.Option>
          ))}
        </Combobox.Options>
      </Combobox.Dropdown>
    </Combobox>
  );
}
