import { Page } from "@/components/page";

export function NowScreen() {
  return <Page title="Now">{null}</Page>;
}
