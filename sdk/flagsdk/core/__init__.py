"""The pure core: the same documents and context give the same decision; no clock, no chance, no I/O."""
