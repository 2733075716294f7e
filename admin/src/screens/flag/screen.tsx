import { Page } from "@/components/page";

export function FlagScreen() {
  return <Page title="Flag">{null}</Page>;
}
