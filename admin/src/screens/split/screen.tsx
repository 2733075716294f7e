import { Page } from "@/components/page";

export function SplitScreen() {
  return <Page title="Split">{null}</Page>;
}
