"""One function per intention, one transaction each: plain values in and out, clock and chance as arguments."""
