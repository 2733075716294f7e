import { Button, Group, Title } from "@mantine/core";
import { IconTable } from "@tabler/icons-react";
import { useId, useState } from "react";

import { ChartTable } from "./chart-table";
import type { ChartData, ChartScale } from "./model";
import { PlotCursor } from "./plot-cursor";
import styles from "./time-chart.module.css";

interface TimeChartProps {
  readonly title: string;
  /** The finding in words, for those who see no picture and for those in a hurry. */
  readonly caption: string;
  readonly data: ChartData;
  readonly scale: ChartScale;
  readonly height?: number;
}

/**
 * Values over time: a canvas whose cursor moves by pointer or by arrow keys and is read out, a legend that shows the
 * values there, the finding in words, and the same points as a table. New points are drawn into the same canvas.
 */
export function TimeChart({ title, caption, data, scale, height = 220 }: TimeChartProps) {
  const [listed, setListed] = useState(false);
  const titled = useId();
  return (
    <figure className={styles.figure} aria-labelledby={titled}>
      <Group justify="space-between" gap="xs" wrap="nowrap" align="flex-start">
        <Title order={3} size="h5" id={titled}>
          {title}
        </Title>
        {data.at.length > 0 && (
          <Button
            size="compact-xs"
            variant="subtle"
            color="gray"
            className={styles.quiet}
            leftSection={<IconTable size={14} />}
            aria-expanded={listed}
            onClick={() => setListed(!listed)}
          >
            {listed ? "Hide table" : "Show as table"}
          </Button>
        )}
      </Group>
      {data.at.length > 0 ? (
        <PlotCursor title={title} data={data} scale={scale} height={height} />
      ) : (
        <div className={styles.nothing}>No points yet</div>
      )}
      <figcaption className={styles.caption}>{caption}</figcaption>
      {listed && <ChartTable title={title} data={data} scale={scale} />}
    </figure>
  );
}
