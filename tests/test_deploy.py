"""The systemd unit, checked by systemd, which need not be running."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from semsearch.settings import PREFIX, Settings
from tests.builders import ROOT

UNIT = ROOT / "deploy/semsearch.service"
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
