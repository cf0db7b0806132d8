"""The systemd unit, checked by systemd, which need not be running; the Dockerfile and the Compose file, by linters."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from semsearch.settings import PREFIX, Settings
from tests.builders import ROOT

UNIT = ROOT / "deploy/semsearch.service"
DOCKERFILE, COMPOSE = ROOT / "deploy/Dockerfile", ROOT / "deploy/compose.yaml"
MAX_EXPOSURE = 12
"""Of 100. The remainder is network access, and OpenVINO compiling code."""


@pytest.fixture(scope="module")
def analyze() -> str:
    if (program := shutil.which("systemd-analyze")) is None:
        pytest.skip("systemd-analyze is not installed")
    return program


@pytest.fixture
def unit(tmp_path: Path) -> Path:
    """The unit with a program that exists on this machine."""
    file = tmp_path / UNIT.name
    text = UNIT.read_text(encoding="utf-8").replace(
        "ExecStart=/opt/semsearch/.venv/bin/semsearch", "ExecStart=/bin/true"
    )
    file.write_text(text, encoding="utf-8")
    return file


def test_systemd_accepts_the_unit(analyze: str, unit: Path) -> None:
    done = subprocess.run([analyze, "verify", str(unit)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_exposure_of_the_service_is_low(analyze: str, unit: Path) -> None:
    words = [analyze, "security", "--no-pager", "--offline=true", f"--threshold={MAX_EXPOSURE}", str(unit)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-500:] + done.stderr


def test_the_environment_of_the_unit_has_known_settings() -> None:
    named = re.findall(rf"^Environment={PREFIX}(\w+)=", UNIT.read_text(encoding="utf-8"), re.MULTILINE)
    assert {name.lower() for name in named} == {"corpus", "index", "log_format"}
    assert {name.lower() for name in named} <= set(Settings.model_fields)


def test_the_command_of_the_unit_exists() -> None:
    (command,) = re.findall(
        r"^ExecStart=/opt/semsearch/\.venv/bin/semsearch (.*)$", UNIT.read_text(encoding="utf-8"), re.MULTILINE
    )
    done = subprocess.run([sys.executable, "-m", "semsearch", command, "--help"], capture_output=True, check=False)
    assert done.returncode == 0


# --- containers -------------------------------------------------------------------------------------------------------


def instructions() -> list[tuple[str, str]]:
    """The instructions of the Dockerfile with their arguments, lines joined."""
    text = re.sub(r"^#.*\n", "", DOCKERFILE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    lines = filter(None, re.sub(r"\\\n\s*", "", text).splitlines())
    return [(name, rest) for name, _, rest in (line.partition(" ") for line in lines)]


def services() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(COMPOSE.read_text(encoding="utf-8"))["services"]
    return found


def test_the_linter_accepts_the_dockerfile() -> None:
    linter = Path(sys.executable).with_name("hadolint")
    done = subprocess.run([linter, "--no-color", DOCKERFILE], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


def test_the_image_has_a_pinned_base_a_user_without_rights_and_a_health_check() -> None:
    found = instructions()
    bases = [rest.split()[0] for name, rest in found if name == "FROM"]
    assert all(re.fullmatch(r"python:\d+\.\d+\.\d+-slim-\w+", base) for base in bases)
    last = dict(found)  # of several equal instructions the last one, which is that of the image
    assert int(last["USER"]) > 999
    for name in ("ENTRYPOINT", "CMD"):
        assert json.loads(last[name])  # without a shell, so that the service gets SIGTERM
    command = last["HEALTHCHECK"].partition("CMD ")[2]
    assert "http://127.0.0.1:8000/readyz" in json.loads(command)[-1]


def test_dependencies_are_installed_before_the_code_is_copied() -> None:
    steps = [f"{name} {rest}" for name, rest in instructions()]
    (dependencies,) = [number for number, step in enumerate(steps) if "pyproject.toml --extra" in step]
    assert dependencies < steps.index("COPY src src")
    assert "--torch-backend cpu" in steps[dependencies]


def test_the_extras_of_the_image_exist() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    named = re.findall(r"--extra (\w+)", DOCKERFILE.read_text(encoding="utf-8"))
    assert set(named) == {"liquid", "rst", "parquet"} <= set(extras)


def test_what_the_image_copies_is_sent_to_the_builder() -> None:
    ignored = DOCKERFILE.with_name("Dockerfile.dockerignore").read_text(encoding="utf-8").splitlines()
    sent = {line[1:] for line in ignored if line.startswith("!")}
    copied = {word for name, rest in instructions() if name == "COPY" and "--from" not in rest for word in rest.split()}
    assert copied - {"./"} == sent
    assert all((ROOT / path).exists() for path in sent)


def test_the_settings_of_image_and_services_exist() -> None:
    texts = DOCKERFILE.read_text(encoding="utf-8") + COMPOSE.read_text(encoding="utf-8")
    named = {name.lower() for name in re.findall(rf"\b{PREFIX}(\w+)", texts)}
    assert named == {"corpus", "index", "host", "log_format", "public"}
    assert named <= set(Settings.model_fields)


def test_the_compose_file_is_valid() -> None:
    check = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", str(COMPOSE)]
    done = subprocess.run(check, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("name", ["search", "rebuild"])
def test_a_service_has_no_more_rights_than_it_needs(name: str) -> None:
    service = services()[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert not service.get("privileged")
    assert all(port.startswith("127.0.0.1:") for port in service.get("ports", []))


def test_only_a_rebuild_writes_the_index_and_nothing_writes_the_blog() -> None:
    found = services()
    assert found["search"]["volumes"] == ["data:/data:ro"]
    index, blog = found["rebuild"]["volumes"]
    assert (index, blog["target"], blog["read_only"]) == ("data:/data", "/blog", True)
    assert found["rebuild"]["network_mode"] == "none"
    assert found["rebuild"]["command"] == ["rebuild", "--from", blog["target"]]
