"""A small Django project that asks flags everywhere a project can."""
