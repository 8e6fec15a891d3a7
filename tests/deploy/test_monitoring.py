"""Alerts and the dashboard ask for figures that are told, and each alert has a runbook."""

import json
import re
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest
import yaml

from assistant_sync.app import figures_in
from chassis.metrics import RpcMetrics
from gateway.metrics import Metrics

if TYPE_CHECKING:
    from gateway.limits.load import Load
    from gateway.sender.memories import Memories

REPOSITORY = Path(__file__).parents[2]
MONITORING = REPOSITORY / "deploy" / "monitoring"
_SUFFIXES = re.compile(r"_(total|bucket|count|sum)$")


def alerts() -> list[dict[str, Any]]:
    rules: list[dict[str, Any]] = yaml.safe_load((MONITORING / "alerts.yaml").read_text())["groups"][0]["rules"]
    return rules


def expressions() -> list[str]:
    return pictures() + [alert["expr"] for alert in alerts()]


def pictures() -> list[str]:
    panels = json.loads((MONITORING / "dashboard.json").read_text())["panels"]
    return [target["expr"] for panel in panels for target in panel["targets"]]


def told() -> dict[str, set[str]]:
    """The labels of each figure, by its name."""
    gateway, rpc = Metrics(), RpcMetrics()
    gateway.watch(cast("Memories", SimpleNamespace(entries=0, times_forgotten=0, is_watched=True)))
    gateway.watch_load(cast("Load", SimpleNamespace(pressure=0)))
    figures_in(rpc.registry)  # assistant-sync's, beside what each service counts
    registries = (gateway._registry, rpc.registry)
    labels = {
        vars(collector)["_name"]: set(vars(collector)["_labelnames"])
        for registry in registries
        for collector in registry._collector_to_names
        if hasattr(collector, "_labelnames")
    }
    return {metric.name: labels.get(metric.name, set()) for registry in registries for metric in registry.collect()}


@pytest.mark.parametrize("expression", expressions())
def test_what_is_asked_for_is_told(expression: str) -> None:
    figures = told()
    for name, matchers in re.findall(r"(switchboard_\w+)(?:\{([^}]*)\})?", expression):
        base = _SUFFIXES.sub("", name)
        assert base in figures, f"nobody tells {name}"
        assert set(re.findall(r"(\w+)\s*[!=]", matchers)) <= figures[base]


@pytest.mark.parametrize(
    ("name", "label", "pattern"),
    [
        (name, label, pattern)
        for alert in alerts()
        for name, matchers in re.findall(r"increase\((\w+)(?:\{([^}]*)\})?", alert["expr"])
        for label, pattern in re.findall(r'(\w+)=~?"([^"]*)"', matchers) or [("", "")]
    ],
)
def test_what_has_to_grow_for_an_alert_is_told_before_it_does(name: str, label: str, pattern: str) -> None:
    told = [line for line in Metrics().exposition().decode().splitlines() if re.match(rf"{name}({{.*}})? 0\.0$", line)]
    assert told
    for value in pattern.split("|"):
        assert any(f'{label}="{value}"' in line for line in told) or not label, f"no {name} of {value}"


@pytest.mark.parametrize("alert", alerts(), ids=lambda alert: alert["alert"])
def test_an_alert_has_a_picture(alert: dict[str, Any]) -> None:
    assert named(alert["expr"]) <= named(*pictures())


def test_every_figure_has_a_picture() -> None:
    assert named(*pictures()) == set(told())


def test_every_figure_is_told_of() -> None:
    assert set(told()) <= named(*(page.read_text() for page in (REPOSITORY / "docs").rglob("*.md")))


def named(*texts: str) -> set[str]:
    """The figures in them."""
    return {_SUFFIXES.sub("", name) for text in texts for name in re.findall(r"switchboard_\w+", text)}


@pytest.mark.parametrize("alert", alerts(), ids=lambda alert: alert["alert"])
def test_an_alert_has_a_runbook_that_names_it(alert: dict[str, Any]) -> None:
    runbook = REPOSITORY / alert["annotations"]["runbook"]
    assert runbook.read_text().startswith(f"# {alert['alert']}\n")
    assert f"({runbook.name})" in (REPOSITORY / "docs" / "runbooks" / "README.md").read_text()
