import { Button } from "@mantine/core";
import { notifications } from "@mantine/notifications";

/** A tab left open over an upgrade asks for parts that are gone: offer to load it anew. Drafts stay. */
export function watchForUpgrades(): void {
  window.addEventListener("vite:preloadError", (event) => {
    event.preventDefault();
    notifications.show({
      id: "upgrade",
      title: "flagsvc was upgraded",
      message: (
        <Button size="xs" mt="xs" onClick={() => window.location.reload()}>
          Reload; what you typed stays
        </Button>
      ),
      autoClose: false,
    });
  });
}
