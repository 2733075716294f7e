import { Page } from "@/components/page";

export function SystemScreen() {
  return <Page title="System">{null}</Page>;
}
