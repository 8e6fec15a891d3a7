r"""Halves of characters: text that was cut in the middle of an emoji.

JavaScript writes such a half as an escape (`\ud83d`), which is no character and which strict decoders refuse, wherever
in a body it stands. A caller's emoji must not cost them their call.
"""

import re

_ESCAPE = re.compile(
    rb"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"  # a whole character
    rb"|(?P<half>\\u[dD][89a-fA-F][0-9a-fA-F]{2})"
    rb"|\\.",  # any other escape, so that an escaped backslash begins none
    re.DOTALL,
)


def replace_halves(json: bytes) -> bytes:
    """The same JSON with U+FFFD, the replacement character, for each half."""
    return _ESCAPE.sub(lambda found: rb"\ufffd" if found["half"] else found[0], json)
