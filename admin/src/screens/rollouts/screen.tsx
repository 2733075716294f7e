import { Page } from "@/components/page";

export function RolloutsScreen() {
  return <Page title="Rollouts">{null}</Page>;
}
