"""Everything that the OpenAPI document allows, and some that it does not, asked by schemathesis of a running set."""

import subprocess
import sys
from pathlib import Path

from switchboard_cli.stack.stack_file import StackFile

CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
)


def ask_everything(
    stack: StackFile, folder: Path, *options: str, seconds: float, is_shown: bool = False
) -> subprocess.CompletedProcess[str]:
    """As the administrator, for the first organization. Whoever asks looks at the code it ends with: 0 is well.

    With `is_shown` what schemathesis tells is seen as it comes; without, it is in the result.
    """
    config = folder / "schemathesis.toml"
    config.write_text(_config(stack))
    return subprocess.run(
        [
            *(sys.executable, "-m", "schemathesis.cli", "--config-file", str(config)),
            *("run", f"{stack.gateway_url}/openapi.json", "--checks", ",".join(CHECKS)),
            *("--no-color", "--warnings", "off", "--generation-database", "none", *options),
        ],
        cwd=folder, capture_output=not is_shown, text=True, check=False, timeout=seconds,
    )  # fmt: skip


def _config(stack: StackFile) -> str:
    """Who asks: the document does not tell which organization there is."""
    organization = stack.organizations[0].id
    return f"""
[parameters]
"path.organization_id" = "{organization}"
"header.X-Organization-Id" = "{organization}"

[headers]
Authorization = "Bearer {stack.admin_key}"
X-Vapi-Secret = "{stack.webhook_secret}"
"""
