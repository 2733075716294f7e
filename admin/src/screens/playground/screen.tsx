import { Page } from "@/components/page";

export function PlaygroundScreen() {
  return <Page title="Playground">{null}</Page>;
}
