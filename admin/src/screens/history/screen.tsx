import { Page } from "@/components/page";

export function HistoryScreen() {
  return <Page title="History">{null}</Page>;
}
