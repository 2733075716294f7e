"""What the service knows and decides, as pure functions over values: no clock, no chance, no I/O, no logging."""
