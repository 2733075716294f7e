"""The loops: what the service does without being asked. Daemon threads that end when told, and by nothing else."""
