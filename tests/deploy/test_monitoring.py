"""Alerts and the dashboard ask for figures that are told, and each alert has a runbook."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from chassis.metrics import RpcMetrics
from gateway.metrics import Metrics

REPOSITORY = Path(__file__).parents[2]
MONITORING = REPOSITORY / "deploy" / "monitoring"
_SUFFIXES = re.compile(r"_(total|bucket|count|sum)$")


def alerts() -> list[dict[str, Any]]:
    rules: list[dict[str, Any]] = yaml.safe_load((MONITORING / "alerts.yaml").read_text())["groups"][0]["rules"]
    return rules


def expressions() -> list[str]:
    panels = json.loads((MONITORING / "dashboard.json").read_text())["panels"]
    return [target["expr"] for panel in panels for target in panel["targets"]] + [alert["expr"] for alert in alerts()]


def told() -> dict[str, set[str]]:
    """The labels of each figure, by its name."""
    collectors = [
        collector
        for registry in (Metrics()._registry, RpcMetrics().registry)
        for collector in registry._collector_to_names
    ]
    counted = {vars(collector)["_name"]: set(vars(collector)["_labelnames"]) for collector in collectors}
    # What is remembered is told once there is a memory to look at; what is missing, by assistant-sync in service.
    when_served = (
        "switchboard_gateway_routes",
        "switchboard_gateway_routes_watched",
        "switchboard_calls_missing",
        "switchboard_calls_missing_seconds",
    )
    return counted | {name: set() for name in when_served}


@pytest.mark.parametrize("expression", expressions())
def test_what_is_asked_for_is_told(expression: str) -> None:
    figures = told()
    for name, matchers in re.findall(r"(switchboard_\w+)(?:\{([^}]*)\})?", expression):
        base = _SUFFIXES.sub("", name)
        assert base in figures, f"nobody tells {name}"
        assert set(re.findall(r"(\w+)\s*[!=]", matchers)) <= figures[base]


@pytest.mark.parametrize("alert", alerts(), ids=lambda alert: alert["alert"])
def test_an_alert_has_a_runbook_that_names_it(alert: dict[str, Any]) -> None:
    runbook = REPOSITORY / alert["annotations"]["runbook"]
    assert runbook.read_text().startswith(f"# {alert['alert']}\n")
    assert f"({runbook.name})" in (REPOSITORY / "docs" / "runbooks" / "README.md").read_text()
