"""What several routers need: names of backends, files and programs that are told, Kubernetes, counting."""
