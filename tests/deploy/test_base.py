"""The base as it would reach a cluster: valid, consistent in itself, and true to the code."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from starlette.routing import Route

from gateway.app import build
from gateway.backends import Backends
from gateway.lifecycle import Lifecycle
from gateway.settings import GatewaySettings
from tests.deploy.complaints import (
    CHECKS,
    Check,
    address_complaints,
    command_complaints,
    image_complaints,
    name_complaints,
    port_complaints,
    probe_complaints,
    provided_complaints,
    reference_complaints,
    resource_complaints,
    rollout_complaints,
    schema_complaints,
    secrecy_complaints,
    security_complaints,
    selector_complaints,
    setting_complaints,
)
from tests.deploy.manifests import Document, Manifests, NotPlain, read_base

SERVICES = {"gateway", "tenancy", "booking", "assistant-sync"}
NEWEST_THAT_IS_TOO_OLD = 4


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_the_base_draws_no_complaint(check: Check, manifests: Manifests) -> None:
    assert check(manifests) == []


def test_probes_ask_what_the_services_answer(manifests: Manifests, gateway_paths: set[str]) -> None:
    assert probe_complaints(manifests, gateway_paths) == []


def test_the_base_deploys_the_four_services_and_a_migration_for_each_that_keeps_tables(manifests: Manifests) -> None:
    named = {workload.name for workload in manifests.workloads()}
    assert named == {f"Deployment/{service}" for service in SERVICES} | {
        f"Job/{service}-migration" for service in SERVICES - {"gateway"}
    }


def test_the_three_grpc_services_are_headless_and_the_gateway_is_not(manifests: Manifests) -> None:
    headless = {
        service["metadata"]["name"]: service["spec"].get("clusterIP") == "None"
        for service in manifests.of_kind("Service")
    }
    assert headless == {"gateway": False, "tenancy": True, "booking": True, "assistant-sync": True}


def test_a_kustomization_that_rewrites_documents_is_not_read_as_plain_files(tmp_path: Path) -> None:
    (tmp_path / "kustomization.yaml").write_text("resources: []\nnamePrefix: clinic-\n")
    with pytest.raises(NotPlain, match="namePrefix"):
        read_base(tmp_path)


def test_kustomize_renders_what_these_tests_read(manifests: Manifests, root: Path) -> None:
    """Otherwise every other test here would judge something that no cluster gets."""
    rendered = subprocess.run(
        [*_kustomize(), str(root / "deploy" / "base")], check=True, capture_output=True, text=True, timeout=60
    )
    assert _by_name(list(yaml.safe_load_all(rendered.stdout))) == _by_name(manifests.documents)


def test_kustomize_warns_of_nothing(root: Path) -> None:
    rendered = subprocess.run(
        [*_kustomize(), str(root / "deploy" / "base")], check=True, capture_output=True, text=True, timeout=60
    )
    assert rendered.stderr == ""


Step = str | int
Break = tuple[Check, str, list[Step], Any]

POD: list[Step] = ["spec", "template", "spec"]
CONTAINER: list[Step] = [*POD, "containers", 0]
NAME = "app.kubernetes.io/name"

# A check, the document to break, where, and what to put there (`...` removes it).
BREAKS: list[Break] = [
    (schema_complaints, "Deployment/booking", ["spec", "replica"], 2),
    (schema_complaints, "Deployment/booking", [*CONTAINER, "ports", 0, "containerPort"], "50052"),
    (schema_complaints, "Secret/booking", ["stringDate"], {}),
    (name_complaints, "Deployment/booking", ["metadata", "labels", NAME], ...),
    (name_complaints, "ConfigMap/booking", ["metadata", "name"], "tenancy"),
    (selector_complaints, "Deployment/booking", ["spec", "selector", "matchLabels", NAME], "bookings"),
    (selector_complaints, "Service/booking", ["spec", "selector", NAME], "bookings"),
    (selector_complaints, "Service/booking", ["spec", "selector", "app.kubernetes.io/component"], ...),
    (port_complaints, "Service/booking", ["spec", "ports", 0, "targetPort"], "http"),
    (port_complaints, "Service/booking", ["spec", "ports", 0, "port"], 80),
    (port_complaints, "Deployment/booking", [*CONTAINER, "ports", 0, "containerPort"], 50051),
    (port_complaints, "Deployment/booking", [*CONTAINER, "readinessProbe", "grpc", "port"], 99999),
    (port_complaints, "Deployment/gateway", [*CONTAINER, "livenessProbe", "httpGet", "port"], "web"),
    (address_complaints, "ConfigMap/gateway", ["data", "BOOKING_ADDR"], "dns:///booking:50051"),
    (address_complaints, "ConfigMap/gateway", ["data", "BOOKING_ADDR"], "booking:50052"),
    (address_complaints, "Service/booking", ["spec", "clusterIP"], ...),
    (reference_complaints, "Deployment/booking", [*CONTAINER, "env", 0, "valueFrom", "secretKeyRef", "key"], "DB_URL"),
    (reference_complaints, "Deployment/booking", [*CONTAINER, "envFrom", 0, "configMapRef", "name"], "bookings"),
    (reference_complaints, "Deployment/booking", [*CONTAINER, "volumeMounts", 0, "name"], "credentials"),
    (reference_complaints, "Deployment/booking", [*CONTAINER, "volumeMounts", 0, "readOnly"], ...),
    (reference_complaints, "Deployment/booking", [*POD, "volumes", 0, "secret", "secretName"], "bookings"),
    (reference_complaints, "Deployment/booking", [*POD, "volumes", 0, "secret", "items", 0, "key"], "callers"),
    (reference_complaints, "Deployment/booking", [*POD, "serviceAccountName"], "default"),
    (reference_complaints, "Deployment/booking", [*POD, "serviceAccountName"], "tenancy"),
    (provided_complaints, "Secret/booking", ["stringData", "DATABASE_URL"], ...),
    (provided_complaints, "Secret/booking", ["stringData", "PASSWORD"], ""),
    (setting_complaints, "ConfigMap/gateway", ["data", "BOOKING_ADDR"], ...),
    (setting_complaints, "ConfigMap/gateway", ["data", "BOOKING_ADRR"], "dns:///booking:50052"),
    (setting_complaints, "ConfigMap/gateway", ["data", "SERVICE_TOKEN_FILE"], ...),
    (setting_complaints, "ConfigMap/gateway", ["data", "SERVICE_TOKEN_FILE"], "/var/run/token"),
    (setting_complaints, "ConfigMap/booking", ["data", "SERVICE_CREDENTIALS_FILE"], ...),
    (setting_complaints, "ConfigMap/assistant-sync", ["data", "VAPI_REQUESTS_PER_SECOND"], "none"),
    (setting_complaints, "ConfigMap/installation", ["data", "BACKEND_URL"], "http://switchboard.example.com"),
    (setting_complaints, "Job/booking-migration", [*CONTAINER, "env"], []),
    (secrecy_complaints, "Job/booking-migration", [*CONTAINER, "env"], []),
    (secrecy_complaints, "Deployment/booking", [*CONTAINER, "env", 0, "name"], "MIGRATION_DATABASE_URL"),
    (
        secrecy_complaints,
        "Deployment/booking",
        [*CONTAINER, "env", 0, "valueFrom", "secretKeyRef"],
        {"name": "booking-migration", "key": "MIGRATION_DATABASE_URL"},
    ),
    (secrecy_complaints, "ConfigMap/gateway", ["data", "SWITCHBOARD_ADMIN_KEY"], "planted"),
    (secrecy_complaints, "ConfigMap/booking", ["kind"], "Secret"),
    (command_complaints, "Deployment/booking", [*CONTAINER, "command", 2], "bookings"),
    (command_complaints, "Deployment/booking", [*CONTAINER, "command", 2], "chassis"),
    (command_complaints, "Deployment/booking", [*CONTAINER, "args"], ["migrate"]),
    (command_complaints, "Job/booking-migration", [*CONTAINER, "command", 3], "upgrade"),
    (command_complaints, "Job/booking-migration", [*CONTAINER, "command", 2], "tenancy"),
    (image_complaints, "Job/booking-migration", [*CONTAINER, "image"], "switchboard:0.0.9"),
    (resource_complaints, "Deployment/booking", [*CONTAINER, "resources", "limits", "memory"], "64Mi"),
    (resource_complaints, "Deployment/booking", [*CONTAINER, "resources", "requests", "cpu"], "1100m"),
    (resource_complaints, "Deployment/booking", [*CONTAINER, "resources", "limits", "cpu"], ...),
    (security_complaints, "Deployment/booking", [*POD, "securityContext", "runAsUser"], 0),
    (security_complaints, "Deployment/booking", [*POD, "securityContext", "runAsNonRoot"], ...),
    (security_complaints, "Deployment/booking", [*POD, "securityContext", "seccompProfile"], ...),
    (security_complaints, "Deployment/booking", [*CONTAINER, "securityContext", "allowPrivilegeEscalation"], ...),
    (security_complaints, "Deployment/booking", [*CONTAINER, "securityContext", "readOnlyRootFilesystem"], False),
    (security_complaints, "Deployment/booking", [*CONTAINER, "securityContext", "capabilities", "add"], ["NET_RAW"]),
    (security_complaints, "Deployment/booking", [*POD, "hostNetwork"], True),
    (security_complaints, "Deployment/booking", [*POD, "volumes", 0], {"name": "node", "hostPath": {"path": "/"}}),
    (security_complaints, "Job/booking-migration", [*POD, "automountServiceAccountToken"], ...),
    (rollout_complaints, "Deployment/booking", ["spec", "strategy", "rollingUpdate", "maxUnavailable"], 1),
    (rollout_complaints, "Deployment/booking", ["spec", "minReadySeconds"], ...),
    (rollout_complaints, "Deployment/booking", [*CONTAINER, "lifecycle"], ...),
    (rollout_complaints, "Deployment/booking", [*POD, "terminationGracePeriodSeconds"], 13),
]


@pytest.mark.parametrize(
    ("check", "name", "path", "value"),
    BREAKS,
    ids=[f"{check.__name__}-{name}-{path[-1]}-{value}"[:90] for check, name, path, value in BREAKS],
)
def test_a_broken_manifest_draws_a_complaint(
    check: Check, name: str, path: list[Step], value: Any, manifests: Manifests
) -> None:
    _put(_find(manifests, name), path, value)
    assert check(manifests) != []


@pytest.mark.parametrize(
    ("name", "path", "value"),
    [
        ("Deployment/gateway", [*CONTAINER, "readinessProbe", "httpGet", "path"], "/readyz"),
        ("Deployment/booking", [*CONTAINER, "livenessProbe"], {"tcpSocket": {"port": "grpc"}}),
        ("Deployment/booking", [*CONTAINER, "startupProbe"], ...),
    ],
)
def test_a_probe_that_nothing_answers_draws_a_complaint(
    name: str, path: list[Step], value: Any, manifests: Manifests, gateway_paths: set[str]
) -> None:
    _put(_find(manifests, name), path, value)
    assert probe_complaints(manifests, gateway_paths) != []


@pytest.fixture(scope="module")
async def gateway_paths() -> set[str]:
    """What the gateway answers, asked of the gateway itself."""
    settings = GatewaySettings(
        tenancy_addr="127.0.0.1:1",
        booking_addr="127.0.0.1:1",
        assistant_sync_addr="127.0.0.1:1",
        vapi_webhook_secret="planted",
        switchboard_admin_key="planted",
        _env_file=None,
    )
    backends = Backends.open(settings)
    paths = {route.path for route in build(settings, backends, Lifecycle()).routes if isinstance(route, Route)}
    await backends.close()
    return paths


def _find(manifests: Manifests, name: str) -> Document:
    kind, _, called = name.partition("/")
    (found,) = [
        document
        for document in [*manifests.documents, *manifests.provided]
        if (document["kind"], document["metadata"]["name"]) == (kind, called)
    ]
    return found


def _put(document: Document, path: list[Step], value: Any) -> None:
    *way, last = path
    place: Any = document
    for step in way:
        place = place[step]
    if value is ...:
        del place[last]
    else:
        place[last] = value


def _by_name(documents: list[Document]) -> dict[tuple[str, str], Document]:
    named = {(document["kind"], document["metadata"]["name"]): document for document in documents}
    assert len(named) == len(documents)
    return named


def _kustomize() -> list[str]:
    """The command that renders a folder. Skips where no kustomize of version 5 or newer is installed."""
    for ask, render in (
        (["kubectl", "version", "--client", "--output=json"], ["kubectl", "kustomize"]),
        (["kustomize", "version"], ["kustomize", "build"]),
    ):
        if shutil.which(ask[0]) is None:
            continue
        answer = subprocess.run(ask, check=False, capture_output=True, text=True, timeout=60).stdout
        version = json.loads(answer).get("kustomizeVersion", "") if answer.startswith("{") else answer
        if (found := re.search(r"v(\d+)\.", version)) and int(found[1]) > NEWEST_THAT_IS_TOO_OLD:
            return render
    pytest.skip("needs kubectl or kustomize with kustomize 5 or newer: the base is read here, not rendered")
