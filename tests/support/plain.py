"""What a client is given that speaks to servers of this machine without TLS."""

import ssl

PLAIN = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Trusts nobody. A client that is told nothing reads the certificates of the system, and that takes 28 ms each time."""
