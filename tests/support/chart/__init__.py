"""The chart as tests see it: rendered by the real Helm engine, and held against Kubernetes' own schemas."""
