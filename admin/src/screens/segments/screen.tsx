import { Page } from "@/components/page";

export function SegmentsScreen() {
  return <Page title="Segments">{null}</Page>;
}
