"""The Dockerfile as instructions, and what must hold between it, the manifests and the workspace."""

import json
import re
from dataclasses import dataclass
from pathlib import Path

from tests.deploy.manifests import Manifests


@dataclass(frozen=True, slots=True)
class Instruction:
    stage: int
    """Counted from 0 by FROM; -1 before the first."""

    verb: str
    text: str


def instructions(dockerfile: str) -> list[Instruction]:
    """Every instruction in order, with continued lines joined and comments left out."""
    lines = [line for line in dockerfile.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    found: list[Instruction] = []
    stage = -1
    for line in re.sub(r"\\\n\s*", "", "\n".join(lines)).splitlines():
        verb, _, text = line.strip().partition(" ")
        stage += verb.upper() == "FROM"
        found.append(Instruction(stage, verb.upper(), text.strip()))
    return found


def copied(dockerfile: str) -> set[str]:
    """What the Dockerfile takes out of the build context."""
    return {
        source
        for each in instructions(dockerfile)
        if each.verb in {"COPY", "ADD"} and "--from=" not in each.text
        for source in each.text.split()[:-1]
        if not source.startswith("--")
    }


def engine_complaints(dockerfile: str) -> list[str]:
    """What an engine without a network for frontends, or an older one, would stumble over."""
    found = ["a syntax line fetches a frontend image"] * bool(re.search(r"(?im)^#\s*syntax\s*=", dockerfile))
    found += [f"{each.verb} --link needs a newer engine" for each in instructions(dockerfile) if "--link" in each.text]
    bases = {each.text.split()[0] for each in instructions(dockerfile) if each.verb == "FROM"}
    if len(bases) != 1 or ":" not in bases.copy().pop():
        found.append(f"the stages should share one tagged base image, not {sorted(bases)}")
    return found


def context_complaints(dockerfile: str, ignored: str, root: Path) -> list[str]:
    """Everything copied exists and is admitted to the build context, and nothing else is."""
    sources = copied(dockerfile)
    rules = [line for line in ignored.splitlines() if line and not line.startswith("#")]
    admitted = {rule.removeprefix("!") for rule in rules if rule.startswith("!")}
    found = [f"{source} is copied and does not exist" for source in sources if not (root / source).exists()]
    found += [f"{source} is copied and ignored" for source in sources - admitted]
    found += [f"{source} is admitted and not copied" for source in admitted - sources]
    return found + ["the context should begin empty (*)"] * (rules[:1] != ["*"])


def install_complaints(dockerfile: str, makefile: str, members: set[str]) -> list[str]:
    """What is installed is the locked dependencies by hash, the four services and what they stand on, and no tool."""
    runs = [each.text for each in instructions(dockerfile) if each.verb == "RUN"]
    installs = [step.strip() for run in runs for step in run.split("&&") if "pip install" in step]
    found = []
    for step in installs:
        if " -r " in step and "--require-hashes" not in step:
            found.append(f"installs without hashes: {step}")
        if " ./" in step and not {"--no-deps", "--build-constraints"} <= set(step.split()):
            found.append(f"lets a member choose its own dependencies: {step}")
        if " -r " not in step and " ./" not in step and not step.endswith("uv==${UV_VERSION}"):
            found.append(f"installs what no lock names: {step}")
    if not any("--require-hashes" in step and step.endswith("-r deploy/requirements.lock") for step in installs):
        found.append("the locked dependencies are not installed")
    installed = set(re.findall(r" \./(\S+)", " ".join(installs)))
    if installed != members:
        found.append(f"installs {sorted(installed)} where the services need {sorted(members)}")
    versions = {*re.findall(r"(?m)^ARG UV_VERSION=(\S+)", dockerfile)}
    if versions != {*re.findall(r"(?m)^UV_VERSION := (\S+)", makefile)}:
        found.append(f"uv {versions} is not the Makefile's")
    return found


def run_complaints(dockerfile: str, manifests: Manifests) -> list[str]:
    """The image by itself does what a Deployment makes of it."""
    steps = instructions(dockerfile)
    final = [each for each in steps if each.stage == steps[-1].stage]
    users = [each.text for each in final if each.verb == "USER"]
    commands = [each.text for each in final if each.verb == "CMD"]
    found = ["ENTRYPOINT would change every Deployment's command"] * any(each.verb == "ENTRYPOINT" for each in final)
    if len(users) != 1 or not re.fullmatch(r"[1-9]\d*(:[1-9]\d*)?", users[0]):
        found.append(f"USER should be one number that is not 0, not {users}")
    else:
        user = int(users[0].partition(":")[0])
        found += [
            f"{workload.name}: runs as another user than the image's {user}"
            for workload in manifests.workloads()
            if workload.pod["securityContext"].get("runAsUser") != user
        ]
    if len(commands) != 1 or not commands[0].startswith("["):
        found.append(f"CMD should stand once, in exec form, not {commands}")
    elif json.loads(commands[0]) not in [deployment.container["command"] for deployment in manifests.deployments()]:
        found.append(f"CMD {commands[0]} is no Deployment's command")
    return found
