"""Deterministic CBOR (RFC 8949 §4.2.1) of a text and of a pair of texts: all that flagd's third hash needs of it."""

TEXT = 3 << 5
PAIR = (4 << 5 | 2).to_bytes()
LONGEST_INLINE = 23
ONE_BYTE = 24


def text(value: str) -> bytes:
    """Encode a text: shortest head, then its UTF-8; a lone surrogate raises UnicodeEncodeError."""
    data = value.encode()
    return _head(TEXT, len(data)) + data


def text_pair_head(first: str) -> bytes:
    """Encode [first, second] up to where the encoding of `second` begins."""
    return PAIR + text(first)


def _head(major: int, length: int) -> bytes:
    if length <= LONGEST_INLINE:
        return (major | length).to_bytes()
    width_exponent = max(0, (length.bit_length() - 1).bit_length() - 3)
    return (major | ONE_BYTE + width_exponent).to_bytes() + length.to_bytes(1 << width_exponent)
