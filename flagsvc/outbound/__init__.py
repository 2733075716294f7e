"""How the service speaks to what is outside of it, bounded in time and bytes; every failure is a CallError."""
