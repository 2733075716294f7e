"""What several metric sources need: the members of a query, one way from failures to measurements, closed periods."""
