import { Page } from "@/components/page";

export function AuditScreen() {
  return <Page title="Audit">{null}</Page>;
}
