import { Page } from "@/components/page";

export function ClientsScreen() {
  return <Page title="Clients">{null}</Page>;
}
