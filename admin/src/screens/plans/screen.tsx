import { Page } from "@/components/page";

export function PlansScreen() {
  return <Page title="Plans">{null}</Page>;
}
