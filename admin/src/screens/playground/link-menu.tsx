import { Button, Menu } from "@mantine/core";
import { useClipboard } from "@mantine/hooks";
import { IconCheck, IconLink } from "@tabler/icons-react";

import { outlineOf, type Form } from "@/components/context/attributes";

/** Copies the address of what is shown: without the unit, or, when somebody wants that, with it. */
export function LinkMenu({ form }: { readonly form: Form }) {
  const { copied, copy } = useClipboard({ timeout: 2000 });
  const link = (unit: string | null) => {
    const address = new URL(window.location.href);
    const outline = outlineOf(form);
    put(address, "with", outline || null);
    put(address, "unit", unit);
    copy(address.toString());
  };
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <Button
          variant="default"
          leftSection={
            copied ? <IconCheck size={16} aria-hidden="true" /> : <IconLink size={16} aria-hidden="true" />
          }
        >
          {copied ? "Copied" : "Copy link"}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item onClick={() => link(null)}>Copy link without personal values</Menu.Item>
        <Menu.Item disabled={!form.unit} onClick={() => link(form.unit)}>
          Copy link with this unit
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

function put(address: URL, name: string, value: string | null): void {
  if (value === null) address.searchParams.delete(name);
  else address.searchParams.set(name, value);
}
