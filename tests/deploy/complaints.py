"""What must hold between the manifests, and between them and the code. Each check returns its complaints.

A schema cannot see these: every document is valid alone while a selector, a port, a key or a command leads nowhere.
"""

import os
from base64 import b64encode
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from decimal import Decimal
from importlib import import_module
from importlib.util import find_spec
from unittest.mock import patch

import kubernetes_validate
from pydantic import SecretStr, ValidationError

from chassis.encryption import KEY_BYTES
from chassis.rpc.server import GRACE
from chassis.settings import MigrationSettings, ServerSettings, Settings
from tests.deploy.manifests import Document, Manifests, Workload, environment, mounted_files, references

Check = Callable[[Manifests], list[str]]

OLDEST, NEWEST = "1.30", "1.37"
"""Releases of Kubernetes the base is written for: 1.30 is the first whose preStop can sleep without a shell."""

LABELS = {"app.kubernetes.io/name", "app.kubernetes.io/component", "app.kubernetes.io/part-of"}

_SUFFIXES = {
    "": Decimal(1),
    "m": Decimal("0.001"),
    "Ki": Decimal(2**10),
    "Mi": Decimal(2**20),
    "Gi": Decimal(2**30),
}

_STAND_INS = {"SWITCHBOARD_ENCRYPTION_KEYS": b64encode(bytes(KEY_BYTES)).decode()}
"""For what an operator fills in, where not any text will do."""


def schema_complaints(manifests: Manifests) -> list[str]:
    found = []
    for document in [*manifests.documents, *manifests.provided]:
        for version in (OLDEST, NEWEST):
            try:
                kubernetes_validate.validate(document, version, strict=True)
            except (kubernetes_validate.ValidationError, kubernetes_validate.SchemaNotFoundError) as error:
                found.append(f"{_named(document)} is not valid in Kubernetes {version}: {error}")
    return found


def name_complaints(manifests: Manifests) -> list[str]:
    times = Counter(_named(document) for document in [*manifests.documents, *manifests.provided])
    return [f"{name} is declared {count} times" for name, count in times.items() if count > 1] + [
        f"{_named(document)} lacks labels"
        for document in manifests.documents
        if not document["metadata"].get("labels", {}).keys() >= LABELS
    ]


def selector_complaints(manifests: Manifests) -> list[str]:
    """Every selector chooses the pods of one Deployment: its own, or the one that a Service is for."""
    found = [
        f"{deployment.name}: its selector does not choose its own pods"
        for deployment in manifests.deployments()
        if not _chooses(deployment.spec["selector"]["matchLabels"], deployment.pod_labels)
    ]
    for document in [*manifests.of_kind("Service"), *manifests.of_kind("Deployment")]:
        selector = document["spec"]["selector"]
        chosen = _chosen(selector.get("matchLabels", selector), manifests)
        if [workload.kind for workload in chosen] != ["Deployment"]:
            names = ", ".join(workload.name for workload in chosen) or "nothing"
            found.append(f"{_named(document)}: its selector chooses {names}")
    return found


def port_complaints(manifests: Manifests) -> list[str]:
    """Service to container, probe to container, container to the code's own default."""
    found = []
    for service in manifests.of_kind("Service"):
        ports = {
            name: port
            for workload in _chosen(service["spec"]["selector"], manifests)
            for name, port in workload.ports.items()
        }
        for port in service["spec"]["ports"]:
            if port["targetPort"] not in ports:
                found.append(f"{_named(service)}: targetPort {port['targetPort']} is no container's")
            elif _is_headless(service) and port["port"] != ports[port["targetPort"]]:
                found.append(f"{_named(service)}: a headless Service translates no port, {port['port']} is not served")
    for deployment in manifests.deployments():
        found += [
            f"{deployment.name}: {probe} asks port {port}, which the container does not have"
            for probe, port in _probe_ports(deployment)
            if port not in (*deployment.ports, *deployment.ports.values())
        ]
        listens = _addresses(deployment, manifests)
        if list(deployment.ports.values()) != [int(address.rpartition(":")[2]) for address in listens]:
            found.append(f"{deployment.name}: the program listens on {', '.join(listens)}, not on {deployment.ports}")
    return found


def probe_complaints(manifests: Manifests, gateway_paths: Collection[str]) -> list[str]:
    """gRPC services are asked by grpc.health.v1, the gateway on a path that it has."""
    found = []
    for deployment in manifests.deployments():
        for name in ("startupProbe", "readinessProbe", "livenessProbe"):
            probe = deployment.container.get(name, {})
            path = probe.get("httpGet", {}).get("path")
            if "grpc" in deployment.ports and "grpc" not in probe:
                found.append(f"{deployment.name}: {name} does not ask gRPC health")
            if "http" in deployment.ports and path not in gateway_paths:
                found.append(f"{deployment.name}: {name} asks for {path}, which the gateway does not answer")
    return found


def address_complaints(manifests: Manifests) -> list[str]:
    """A *_ADDR names a headless Service and its port, so that a client sees every pod behind it."""
    served = {
        f"dns:///{service['metadata']['name']}:{port['port']}"
        for service in manifests.of_kind("Service")
        if _is_headless(service)
        for port in service["spec"]["ports"]
    }
    return [
        f"{workload.name}: {name}={value} is no headless Service"
        for workload in manifests.workloads()
        for name, value in environment(workload, manifests).items()
        if name.endswith("_ADDR") and not name.endswith("LISTEN_ADDR") and value not in served
    ]


def reference_complaints(manifests: Manifests) -> list[str]:
    accounts = {account["metadata"]["name"] for account in manifests.of_kind("ServiceAccount")}
    found = []
    for workload in manifests.workloads():
        if workload.pod.get("serviceAccountName") not in accounts:
            found.append(f"{workload.name}: no such ServiceAccount")
        for need in references(workload):
            values = manifests.values(need.kind, need.name)
            if values is None or (need.key is not None and need.key not in values):
                found.append(f"{workload.name}: {need.kind} {need.name} has no {need.key or 'existence'}")
        found += _mount_complaints(workload)
    users = Counter(workload.pod.get("serviceAccountName") for workload in manifests.workloads())
    return found + [f"ServiceAccount {name} is used {users[name]} times" for name in accounts if users[name] != 1]


def provided_complaints(manifests: Manifests) -> list[str]:
    """The list an operator works from holds every key the base needs from outside, and none besides."""
    contained = {(document["kind"], document["metadata"]["name"]) for document in manifests.documents}
    needed = {
        (need.kind, need.name, need.key)
        for workload in manifests.workloads()
        for need in references(workload)
        if (need.kind, need.name) not in contained
    }
    listed = {
        (document["kind"], document["metadata"]["name"], key)
        for document in manifests.provided
        for key in {**document.get("data", {}), **document.get("stringData", {})}
    }
    return [f"not listed for the operator: {' '.join(map(str, each))}" for each in needed - listed] + [
        f"listed for the operator, used by nothing: {' '.join(map(str, each))}" for each in listed - needed
    ]


def setting_complaints(manifests: Manifests) -> list[str]:
    """Each container's environment is what its program reads: nothing unknown, nothing missing, nothing wrong."""
    found = []
    for workload in manifests.workloads():
        settings = _settings_class(workload)
        given = environment(workload, manifests)
        found += [
            f"{workload.name}: {name} is no setting of {settings.__name__}"
            for name in given
            if name.lower() not in settings.model_fields
        ]
        found += _loading_complaints(workload, settings, given)
        found += [
            f"{workload.name}: {name} points to {path}, where nothing is mounted"
            for name, path in given.items()
            if name.endswith("_FILE") and path not in mounted_files(workload)
        ]
        if issubclass(settings, ServerSettings) and "SERVICE_CREDENTIALS_FILE" not in given:
            found.append(f"{workload.name}: serves gRPC without naming who may call")
        if any(field.endswith("_addr") and not field.endswith("listen_addr") for field in settings.model_fields) and (
            "SERVICE_TOKEN_FILE" not in given
        ):
            found.append(f"{workload.name}: calls services without a token")
    return found


def secrecy_complaints(manifests: Manifests) -> list[str]:
    """Secrets are referred to, never contained; the owner's URL reaches migrations alone; secrets come from Secrets."""
    found = [f"{_named(document)} is contained in the base" for document in manifests.of_kind("Secret")]
    for workload in manifests.workloads():
        given = environment(workload, manifests)
        if ("MIGRATION_DATABASE_URL" in given) != (workload.kind == "Job"):
            found.append(f"{workload.name}: MIGRATION_DATABASE_URL is for migrations, and for them alone")
        migration_secrets = {
            need.name for need in references(workload) if need.kind == "Secret" and need.name.endswith("-migration")
        }
        if migration_secrets and workload.kind != "Job":
            found.append(f"{workload.name}: is given {', '.join(migration_secrets)}")
        found += [
            f"{workload.name}: {name} does not come from a Secret"
            for name in _open_variables(workload, manifests)
            if _is_secret(name, _settings_class(workload))
        ]
    return found


def command_complaints(manifests: Manifests) -> list[str]:
    found = []
    for workload in manifests.workloads():
        if (
            not workload.module
            or find_spec(workload.module) is None
            or find_spec(f"{workload.module}.__main__") is None
        ):
            found.append(f"{workload.name}: {workload.container.get('command')} runs no module of ours")
        expected = ["python", "-m", workload.module] + (["migrate"] if workload.kind == "Job" else [])
        if workload.container.get("command") != expected or "args" in workload.container:
            found.append(f"{workload.name}: its command should be {expected}")
    serving = {workload.module for workload in manifests.deployments() if _keeps_tables(workload.module)}
    migrating = {workload.module for workload in manifests.workloads() if workload.kind == "Job"}
    return found + [f"{module}: has tables, or a migration, but not both" for module in serving ^ migrating]


def image_complaints(manifests: Manifests) -> list[str]:
    """A migration and the services after it come from one image of one release."""
    images = {workload.container["image"] for workload in manifests.workloads()}
    tags = {image.partition(":")[2] for image in images}
    return [f"one tagged image is wanted, not {sorted(images)}"] if len(images) != 1 or tags & {"", "latest"} else []


def resource_complaints(manifests: Manifests) -> list[str]:
    found = []
    for workload in manifests.workloads():
        resources = workload.container.get("resources", {})
        for what in ("cpu", "memory"):
            request, limit = (resources.get(side, {}).get(what) for side in ("requests", "limits"))
            if request is None or limit is None:
                found.append(f"{workload.name}: {what} needs a request and a limit")
            elif _quantity(request) > _quantity(limit):
                found.append(f"{workload.name}: requests more {what} than its limit")
    return found


def security_complaints(manifests: Manifests) -> list[str]:
    """Pod Security `restricted`, and a root file system that cannot be written."""
    found = []
    for workload in manifests.workloads():
        pod, container = workload.pod, workload.container
        context = {**pod.get("securityContext", {}), **container.get("securityContext", {})}
        held = {
            "runs as root": context.get("runAsNonRoot") is True and context.get("runAsUser", 0) > 0,
            "has no seccomp profile": context.get("seccompProfile", {}).get("type") == "RuntimeDefault",
            "may gain privileges": context.get("allowPrivilegeEscalation") is False,
            "may write its root file system": context.get("readOnlyRootFilesystem") is True,
            "keeps capabilities": context.get("capabilities") == {"drop": ["ALL"]},
            "is privileged": not context.get("privileged"),
            "shares the node's namespaces": not pod.keys() & {"hostNetwork", "hostPID", "hostIPC"},
            "uses the node's ports": not any("hostPort" in port for port in container.get("ports", [])),
            "mounts what it need not": all(
                volume.keys() & {"secret", "configMap", "emptyDir"} for volume in pod.get("volumes", [])
            ),
            "is given the cluster's token": pod.get("automountServiceAccountToken") is False,
            "reads other Services' variables": pod.get("enableServiceLinks") is False,
            "runs further containers": not pod.keys() & {"initContainers", "ephemeralContainers"},
        }
        found += [f"{workload.name}: {fault}" for fault, holds in held.items() if not holds]
    return found


def rollout_complaints(manifests: Manifests) -> list[str]:
    """A new release takes no call away: new pods first, and old ones keep serving while callers forget them."""
    found = []
    for deployment in manifests.deployments():
        rolling = deployment.spec.get("strategy", {}).get("rollingUpdate", {})
        if rolling.get("maxUnavailable") != 0 or not rolling.get("maxSurge"):
            found.append(f"{deployment.name}: a roll-out must add a pod before it takes one away")
        if not deployment.spec.get("minReadySeconds"):
            found.append(f"{deployment.name}: a pod must stay ready for some seconds before the next is replaced")
        sleep = deployment.container.get("lifecycle", {}).get("preStop", {}).get("sleep", {}).get("seconds", 0)
        if not sleep:
            found.append(f"{deployment.name}: stops serving while callers still know it")
        if deployment.pod.get("terminationGracePeriodSeconds", 30) <= sleep + GRACE:
            found.append(f"{deployment.name}: is killed before its running calls end")
    return found


CHECKS: list[Check] = [
    schema_complaints,
    name_complaints,
    selector_complaints,
    port_complaints,
    address_complaints,
    reference_complaints,
    provided_complaints,
    setting_complaints,
    secrecy_complaints,
    command_complaints,
    image_complaints,
    resource_complaints,
    security_complaints,
    rollout_complaints,
]


def _named(document: Document) -> str:
    return f"{document['kind']}/{document['metadata']['name']}"


def _chooses(selector: Mapping[str, str], labels: Mapping[str, str]) -> bool:
    return selector.items() <= labels.items()


def _chosen(selector: Mapping[str, str], manifests: Manifests) -> list[Workload]:
    return [workload for workload in manifests.workloads() if _chooses(selector, workload.pod_labels)]


def _is_headless(service: Document) -> bool:
    return bool(service["spec"].get("clusterIP") == "None")


def _probe_ports(workload: Workload) -> Iterator[tuple[str, int | str]]:
    for name in ("startupProbe", "readinessProbe", "livenessProbe"):
        probe = workload.container.get(name, {})
        for how in ("grpc", "httpGet", "tcpSocket"):
            if how in probe:
                yield name, probe[how]["port"]


def _mount_complaints(workload: Workload) -> list[str]:
    volumes = [volume["name"] for volume in workload.pod.get("volumes", [])]
    mounts = workload.container.get("volumeMounts", [])
    paths = Counter(mount["mountPath"] for mount in mounts)
    mounted = {mount["name"] for mount in mounts}
    return [
        *(f"{workload.name}: mount {name} is no volume" for name in mounted - set(volumes)),
        *(f"{workload.name}: volume {name} is mounted nowhere" for name in set(volumes) - mounted),
        *(f"{workload.name}: {path} is mounted {count} times" for path, count in paths.items() if count > 1),
        *(f"{workload.name}: {mount['mountPath']} can be written" for mount in mounts if not mount.get("readOnly")),
    ]


def _settings_class(workload: Workload) -> type[Settings]:
    """What the workload's program reads: the settings class of its package, or that of every migration."""
    if workload.kind == "Job":
        return MigrationSettings
    module = import_module(f"{workload.module}.settings")
    (found,) = (
        member
        for member in vars(module).values()
        if isinstance(member, type) and issubclass(member, Settings) and member.__module__ == module.__name__
    )
    return found


def _loading_complaints(workload: Workload, settings: type[Settings], given: Mapping[str, str]) -> list[str]:
    """Load the settings as the pod would. What an operator fills in is empty here, so it gets a stand-in."""
    filled = {name: value or _STAND_INS.get(name, "given by the operator") for name, value in given.items()}
    with patch.dict(os.environ, filled, clear=True):
        try:
            settings(_env_file=None)
        except ValidationError as error:
            return [
                f"{workload.name}: {'.'.join(map(str, problem['loc'])).upper() or 'settings'}: {problem['msg']}"
                for problem in error.errors(include_input=False, include_url=False)
            ]
    return []


def _addresses(deployment: Workload, manifests: Manifests) -> list[str]:
    """Where its program listens: on its port, and on another for Prometheus if it is told so."""
    given = environment(deployment, manifests)
    metrics = [given["METRICS_LISTEN_ADDR"]] if "METRICS_LISTEN_ADDR" in given else []
    return [given.get("LISTEN_ADDR", _default_address(deployment)), *metrics]


def _default_address(workload: Workload) -> str:
    return str(_settings_class(workload).model_fields["listen_addr"].default)


def _open_variables(workload: Workload, manifests: Manifests) -> set[str]:
    """Names of the variables whose value anybody who reads the manifests can see."""
    sources = [source["configMapRef"]["name"] for source in workload.container.get("envFrom", [])]
    return {name for source in sources for name in manifests.values("ConfigMap", source) or {}} | {
        variable["name"]
        for variable in workload.container.get("env", [])
        if "secretKeyRef" not in variable.get("valueFrom", {})
    }


def _is_secret(name: str, settings: type[Settings]) -> bool:
    field = settings.model_fields.get(name.lower())
    return name.endswith("DATABASE_URL") or (field is not None and field.annotation is SecretStr)


def _is_runnable(module: str) -> bool:
    return _has(module, "__main__")


def _keeps_tables(module: str) -> bool:
    return _has(module, "store")


def _has(module: str, part: str) -> bool:
    return bool(module) and find_spec(module) is not None and find_spec(f"{module}.{part}") is not None


def _quantity(text: str) -> Decimal:
    number = text.rstrip("mKiGM")
    return Decimal(number) * _SUFFIXES[text.removeprefix(number)]
