"""What several routers need: a bounded HTTP client, files that change at once, names of backends."""
