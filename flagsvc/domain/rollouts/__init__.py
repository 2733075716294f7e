"""Rollouts: plans in steps, the machine that decides, and what it knows. Pure."""
