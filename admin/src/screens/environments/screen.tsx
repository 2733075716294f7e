import { Page } from "@/components/page";

export function EnvironmentsScreen() {
  return <Page title="Environments">{null}</Page>;
}
