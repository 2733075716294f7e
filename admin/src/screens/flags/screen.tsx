import { Page } from "@/components/page";

export function FlagsScreen() {
  return <Page title="Flags">{null}</Page>;
}
