import { Page } from "@/components/page";

export function SplitsScreen() {
  return <Page title="Splits">{null}</Page>;
}
