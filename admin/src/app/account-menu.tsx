import { Menu, SegmentedControl, Text, UnstyledButton, useMantineColorScheme } from "@mantine/core";
import { IconKeyboard, IconLogout, IconUserCircle } from "@tabler/icons-react";

import { openKeys } from "./keys";
import { signOut, useSession } from "./session-gate";
import styles from "./account-menu.module.css";

/** Who is signed in, how the console looks, and the way out. */
export function AccountMenu() {
  const session = useSession();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  return (
    <Menu position="bottom-end" width={250} closeOnItemClick={false}>
      <Menu.Target>
        <UnstyledButton className={styles.button} aria-label={`Account: ${session.name}`}>
          <IconUserCircle size={24} aria-hidden="true" />
          <span className={styles.name}>{session.name}</span>
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>
          {session.name}, {session.kind} token
        </Menu.Label>
        <div className={styles.scheme} role="none">
          <Text size="sm" id="scheme-label">
            Appearance
          </Text>
          <SegmentedControl
            fullWidth
            size="xs"
            aria-labelledby="scheme-label"
            value={colorScheme}
            onChange={(value) => setColorScheme(value)}
            data={[
              { value: "auto", label: "System" },
              { value: "light", label: "Light" },
              { value: "dark", label: "Dark" },
            ]}
          />
        </div>
        <Menu.Item leftSection={<IconKeyboard size={16} />} onClick={openKeys} closeMenuOnClick>
          Keys
        </Menu.Item>
        <Menu.Item leftSection={<IconLogout size={16} />} onClick={() => void signOut()}>
          Sign out
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
