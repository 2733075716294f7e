import { Page } from "@/components/page";

export function RolloutNewScreen() {
  return <Page title="RolloutNew">{null}</Page>;
}
