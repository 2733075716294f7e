"""A Kubernetes API server for tests: a faithful small one of our own, and the real one where it was built."""
