import { Page } from "@/components/page";

export function RolloutScreen() {
  return <Page title="Rollout">{null}</Page>;
}
