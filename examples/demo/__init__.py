"""The demo of the README: two versions of a shop behind a real HAProxy, one good release and one bad. `make demo`."""
