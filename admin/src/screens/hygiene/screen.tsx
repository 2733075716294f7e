import { Page } from "@/components/page";

export function HygieneScreen() {
  return <Page title="Hygiene">{null}</Page>;
}
