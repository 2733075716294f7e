import { Page } from "@/components/page";

export function CompareScreen() {
  return <Page title="Compare">{null}</Page>;
}
