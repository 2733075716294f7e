import { Page } from "@/components/page";

export function FreezesScreen() {
  return <Page title="Freezes">{null}</Page>;
}
