import { Page } from "@/components/page";

export function PlanScreen() {
  return <Page title="Plan">{null}</Page>;
}
