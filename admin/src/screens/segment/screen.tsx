import { Page } from "@/components/page";

export function SegmentScreen() {
  return <Page title="Segment">{null}</Page>;
}
