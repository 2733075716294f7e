"""The command `flagctl`: a client of the public API and nothing else."""
