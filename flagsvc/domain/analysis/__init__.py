"""What the metrics of a rollout say: counts per arm in, a verdict out. Pure; `math` only."""
