"""Where the metrics of rollouts are read: one file per source."""
