"""The chart as tests see it: rendered by the real Helm engine, read as objects, held against Kubernetes' own schemas."""
