"""What is sent."""

from typing import Any


def given(**fields: Any) -> dict[str, Any]:
    """The fields that were named."""
    return {name: value for name, value in fields.items() if value is not None}
