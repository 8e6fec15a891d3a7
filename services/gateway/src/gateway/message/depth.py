"""How deep JSON is: objects and lists in each other.

What is passed over is bounded by the decoder alone, which gives up at about a thousand: to look through all of every
message would take longer than to read it. What is taken as it is, and walked through afterwards, is bounded here.
"""

DEEPEST = 64

_ALL_LISTS = bytes.maketrans(b"{}", b"[]")
_NEITHER_BRACKET_NOR_QUOTE = bytes(byte for byte in range(256) if byte not in b'"[]{}')


def is_too_deep(json: bytes, most: int = DEEPEST) -> bool:
    """Whether well-formed JSON is deeper than `most`; of what is not well-formed, nothing is promised.

    Without strings only brackets count, and each pass takes away the innermost: as many passes as it is deep.
    """
    if b"\\" in json:
        json = json.replace(b"\\\\", b"").replace(b'\\"', b"")
    brackets = b"".join(json.translate(_ALL_LISTS, _NEITHER_BRACKET_NOR_QUOTE).split(b'"')[::2])
    for _ in range(most):
        if not brackets:
            break
        brackets = brackets.replace(b"[]", b"")
    return brackets != b""
