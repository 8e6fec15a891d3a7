"""Where a caller is put through to, in Vapi's words."""

from typing import Any


def destination(number: str, sip_uri: str, callee_hears: str = "") -> dict[str, Any]:
    """By number, or by SIP URI where there is one; `callee_hears` is said to whoever picks up, before the caller is."""
    where: dict[str, Any] = {"type": "sip", "sipUri": sip_uri} if sip_uri else {"type": "number", "number": number}
    if callee_hears:
        where["transferPlan"] = {"mode": "warm-transfer-say-message", "message": callee_hears}
    return where
