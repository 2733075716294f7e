import { Spotlight, spotlight } from "@mantine/spotlight";
import { IconSearch } from "@tabler/icons-react";
import { useNavigate } from "@tanstack/react-router";

import { NAV } from "./nav";

export const openPalette = spotlight.open;

/** Everything that can be gone to, by name. */
export function Palette() {
  const navigate = useNavigate();
  const pages = NAV.map(({ to, label, icon: Icon, keys }) => ({
    id: to,
    label,
    description: `keys ${keys}`,
    leftSection: <Icon size={18} aria-hidden="true" />,
    onClick: () => void navigate({ to }),
  }));
  return (
    <Spotlight
      actions={[{ group: "Screens", actions: pages }]}
      shortcut="mod + K"
      nothingFound="Nothing like that"
      searchProps={{
        leftSection: <IconSearch size={18} />,
        placeholder: "Where to?",
        "aria-label": "Search and commands",
      }}
    />
  );
}
