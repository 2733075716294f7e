"""What bodies look like, as pydantic models: one file per noun. Meaning is checked by the use cases, shape here."""
