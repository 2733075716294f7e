import { Page } from "@/components/page";

export function AccessScreen() {
  return <Page title="Access">{null}</Page>;
}
