"""Server messages as Vapi sends them, without what nobody reads, on the line of a demo clinic."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

_LINE_AND_CALLER = {"phoneNumber": {"number": "+12125550100"}, "customer": {"number": "+12065550177"}}

MESSAGES: Mapping[str, Any] = MappingProxyType(
    {
        "tool-calls-object-arguments": {
            "message": {
                "type": "tool-calls",
                "toolCallList": [
                    {
                        "id": "call_q7f2",
                        "type": "function",
                        "function": {"name": "checkAvailability", "arguments": {"date": "2027-03-09"}},
                    }
                ],
                "call": {"id": "0b5e7d10-90a1-4c00-8f00-000000000002", "type": "inboundPhoneCall"},
                **_LINE_AND_CALLER,
            }
        },
        "assistant-request": {
            "message": {
                "type": "assistant-request",
                "call": {"id": "0b5e7d10-90a1-4c00-8f00-000000000012", "type": "inboundPhoneCall"},
                **_LINE_AND_CALLER,
            }
        },
        "status-update-ended": {
            "message": {
                "type": "status-update",
                "status": "ended",
                "endedReason": "customer-ended-call",
                "call": {"id": "0b5e7d10-90a1-4c00-8f00-000000000019", "type": "inboundPhoneCall"},
                **_LINE_AND_CALLER,
            }
        },
    }
)
"""By the name of the whole body among the tests' fixtures."""
