"""The Kubernetes manifests as plain data, read without a cluster and without kubectl."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

Document = dict[str, Any]

READABLE = {"apiVersion", "kind", "resources"}
"""Keys of a kustomization that `read_base` understands. Whatever rewrites documents belongs in an overlay."""


WHOLE = {"configMapRef": "ConfigMap", "secretRef": "Secret"}
ONE_KEY = {"configMapKeyRef": "ConfigMap", "secretKeyRef": "Secret"}


class NotPlain(Exception):
    """A kustomization does more than list files, so reading the files is not reading the result."""


def read_documents(file: Path) -> list[Document]:
    return [document for document in yaml.safe_load_all(file.read_text()) if document is not None]


def read_base(folder: Path) -> list[Document]:
    """Every document that the kustomization in `folder` lists. Raises NotPlain."""
    (kustomization,) = read_documents(folder / "kustomization.yaml")
    if unknown := kustomization.keys() - READABLE:
        raise NotPlain(f"{folder.name}/kustomization.yaml uses {', '.join(sorted(unknown))}")
    documents: list[Document] = []
    for resource in kustomization["resources"]:
        path = folder / resource
        documents += read_base(path) if path.is_dir() else read_documents(path)
    return documents


@dataclass(frozen=True, slots=True)
class Workload:
    """A Deployment or a Job, which here runs exactly one container."""

    document: Document

    @property
    def kind(self) -> str:
        return str(self.document["kind"])

    @property
    def name(self) -> str:
        return f"{self.kind}/{self.document['metadata']['name']}"

    @property
    def spec(self) -> Document:
        found: Document = self.document["spec"]
        return found

    @property
    def pod_labels(self) -> dict[str, str]:
        found: dict[str, str] = self.spec["template"]["metadata"]["labels"]
        return found

    @property
    def pod(self) -> Document:
        found: Document = self.spec["template"]["spec"]
        return found

    @property
    def container(self) -> Document:
        (found,) = self.pod["containers"]
        return dict(found)

    @property
    def ports(self) -> dict[str, int]:
        return {port["name"]: port["containerPort"] for port in self.container.get("ports", [])}

    @property
    def module(self) -> str:
        """What `python -m` runs, and empty if the command is another one."""
        match self.container.get("command"):
            case ["python", "-m", module, *_]:
                return str(module)
        return ""


@dataclass(frozen=True, slots=True)
class Manifests:
    """What the base contains, and what it expects an operator to provide."""

    documents: list[Document]
    provided: list[Document]

    def of_kind(self, *kinds: str) -> list[Document]:
        return [document for document in self.documents if document["kind"] in kinds]

    def workloads(self) -> list[Workload]:
        return [Workload(document) for document in self.of_kind("Deployment", "Job")]

    def deployments(self) -> list[Workload]:
        return [workload for workload in self.workloads() if workload.kind == "Deployment"]

    def values(self, kind: str, name: str) -> dict[str, str] | None:
        """The keys and values of a ConfigMap or Secret, contained or provided; None if there is no such object."""
        for document in [*self.documents, *self.provided]:
            if (document["kind"], document["metadata"]["name"]) == (kind, name):
                return {**document.get("data", {}), **document.get("stringData", {})}
        return None


@dataclass(frozen=True, slots=True)
class Reference:
    """A pod's need of one key of a ConfigMap or Secret; `key` is None where all keys are taken."""

    workload: str
    kind: str
    name: str
    key: str | None


def references(workload: Workload) -> Iterator[Reference]:
    """Everything the pod needs of ConfigMaps and Secrets, for its environment and for its files."""
    for source in workload.container.get("envFrom", []):
        for field, kind in WHOLE.items():
            if field in source:
                yield Reference(workload.name, kind, source[field]["name"], None)
    for variable in workload.container.get("env", []):
        for field, kind in ONE_KEY.items():
            if chosen := variable.get("valueFrom", {}).get(field):
                yield Reference(workload.name, kind, chosen["name"], chosen["key"])
    yield from _files(workload)


def _files(workload: Workload) -> Iterator[Reference]:
    for volume in workload.pod.get("volumes", []):
        for field, kind, name in (("secret", "Secret", "secretName"), ("configMap", "ConfigMap", "name")):
            if field in volume:
                for item in volume[field].get("items", [{"key": None}]):
                    yield Reference(workload.name, kind, volume[field][name], item["key"])


def environment(workload: Workload, manifests: Manifests) -> dict[str, str]:
    """The variables the container starts with. A reference that resolves to nothing gives none."""
    found: dict[str, str] = {}
    for source in workload.container.get("envFrom", []):
        for field, kind in WHOLE.items():
            if field in source:
                found |= manifests.values(kind, source[field]["name"]) or {}
    for variable in workload.container.get("env", []):
        if "value" in variable:
            found[variable["name"]] = variable["value"]
        for field, kind in ONE_KEY.items():
            if chosen := variable.get("valueFrom", {}).get(field):
                values = manifests.values(kind, chosen["name"]) or {}
                if chosen["key"] in values:
                    found[variable["name"]] = values[chosen["key"]]
    return found


def mounted_files(workload: Workload) -> set[str]:
    """Absolute paths of the files that Secrets and ConfigMaps put into the container, where their keys are listed."""
    volumes = {volume["name"]: volume for volume in workload.pod.get("volumes", [])}
    return {
        f"{mount['mountPath']}/{item['path']}"
        for mount in workload.container.get("volumeMounts", [])
        for kind in ("secret", "configMap")
        for item in volumes.get(mount["name"], {}).get(kind, {}).get("items", [])
    }
