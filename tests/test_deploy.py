"""The files for a real installation can be read, name what exists, and pass their programs' checks."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from dashboard.settings import WebSettings
from hub.clusters import ClusterSettings

UNITS = (
    "district-twin-web.service",
    "district-twin-worker.service",
    "district-twin-backup.service",
    "district-twin-scheduler.service",
    "district-twin-cluster-worker.service",
)
NAME = re.compile(r"\bTWIN_[A-Z_]+")


def read_names(text: str) -> set[str]:
    """Every TWIN_ variable of a text."""
    return set(NAME.findall(text))


def read_known(root: Path) -> set[str]:
    """Every variable that the code, gunicorn's configuration or the units read."""
    settings = (WebSettings, ClusterSettings)
    found = {f"TWIN_{name.upper()}" for one in settings for name in one.model_fields}
    for pattern in (
        "app.py",
        "store/*.py",
        "hub/*.py",
        "commands/*.py",
        "deploy/*.conf.py",
        "deploy/*.service",
    ):
        for path in root.glob(pattern):
            found |= read_names(path.read_text("utf-8"))
    return found | {"TWIN_BACKUPS", "TWIN_BACKUP_DAYS", "TWIN_PYTHON", "TWIN_HOST"}  # the script's, Caddy's


def test_every_variable_of_the_example_is_read_by_something(root: Path) -> None:
    example = (root / "deploy" / "twin.env.example").read_text("utf-8")
    given = {line.split("=", 1)[0] for line in example.splitlines() if line and not line.startswith("#")}
    assert given <= read_known(root)
    assert {"TWIN_STORE", "TWIN_DISTRICT", "TWIN_KEY_FILE", "TWIN_PRODUCTION", "TWIN_SECURE_COOKIES"} <= given
    how = (root / "docs" / "how-to" / "run-for-real.md").read_text("utf-8")
    assert read_names(how) <= read_known(root)


def test_the_compose_file_shuts_the_inside_and_runs_what_is_there(root: Path) -> None:
    plan: dict[str, Any] = yaml.safe_load((root / "deploy" / "compose.yaml").read_text("utf-8"))
    services = plan["services"]
    assert set(services) == {"db", "web", "worker", "proxy"}
    assert plan["networks"]["inside"] == {"internal": True}
    assert [name for name, service in services.items() if "ports" in service] == ["proxy"]
    for name in ("web", "worker", "proxy"):
        assert services[name]["read_only"] is True
        assert services[name]["cap_drop"] == ["ALL"]
    for name in ("web", "worker"):
        assert services[name]["depends_on"]["db"]["condition"] == "service_healthy"
        assert (
            root / "deploy" / services[name]["build"]["context"] / services[name]["build"]["dockerfile"]
        ).exists()
    assert services["worker"]["command"][1:3] == ["app.py", "worker"]
    assert set(services["web"]["secrets"]) | set(services["db"]["secrets"]) == set(plan["secrets"])


def test_the_container_holds_every_folder_of_the_product_and_no_tests(root: Path) -> None:
    text = (root / "deploy" / "Containerfile").read_text("utf-8")
    copied = {line.split()[1] for line in text.splitlines() if line.startswith("COPY")}
    for name in ("twin", "simulation", "store", "hub", "dashboard", "commands", "assets", "deploy", "app.py"):
        assert name in copied
        assert (root / name).exists()
    assert "tests" not in copied and "--no-index" in text and "USER 10001" in text


def test_gunicorn_takes_its_configuration(root: Path) -> None:
    command = [sys.executable, "-m", "gunicorn", "--config", "deploy/gunicorn.conf.py", "--check-config"]
    done = subprocess.run([*command, "json:loads"], cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd-analyze here")
def test_systemd_finds_no_fault_in_the_units(root: Path, tmp_path: Path) -> None:
    for path in (root / "deploy").glob("district-twin-*"):
        text = path.read_text("utf-8")
        text = re.sub(r"/opt/twin/(venv/bin/\w+|app/deploy/backup\.sh)", "/bin/true", text)
        (tmp_path / path.name).write_text(
            text.replace("User=twin", "User=root").replace("Group=twin", "Group=root")
        )
    units = [str(tmp_path / name) for name in (*UNITS, "district-twin-backup.timer")]
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *units], capture_output=True, text=True, check=False
    )
    said = [line for line in (done.stdout + done.stderr).splitlines() if "district-twin" in line]
    assert said == []
    exposures = [measure_exposure(path) for path in units[:-1]]
    assert max(exposures) < 3.0
    for name, exposure in zip(UNITS, exposures, strict=True):
        print(f"FIGURE systemd-analyze security: {name}: exposure {exposure} of 10")


def measure_exposure(unit: str) -> float:
    """The overall exposure level that systemd gives a unit, 0 to 10."""
    command = ["systemd-analyze", "security", "--offline=true", "--no-pager", unit]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    found = re.search(r"Overall exposure level.*?: ([\d.]+)", done.stdout)
    assert found is not None, done.stdout[-500:] + done.stderr
    return float(found[1])


@pytest.mark.skipif(shutil.which("nginx") is None, reason="no nginx here")
def test_nginx_takes_its_configuration(root: Path, tmp_path: Path) -> None:
    text = (root / "deploy" / "nginx.conf").read_text("utf-8")
    make_certificate(tmp_path)
    text = text.replace("/etc/twin/tls", str(tmp_path))
    (tmp_path / "nginx.conf").write_text(f"events {{}}\nhttp {{\n{text}\n}}\n")
    done = subprocess.run(
        ["nginx", "-t", "-p", tmp_path, "-c", tmp_path / "nginx.conf"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def make_certificate(folder: Path) -> None:
    """A key and a certificate of its own."""
    subject = ["-subj", "/CN=hub", "-addext", "subjectAltName=IP:127.0.0.1", "-days", "2"]
    files = ["-keyout", folder / "key.pem", "-out", folder / "cert.pem"]
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", *files, *subject], check=True)


def test_the_backup_script_makes_verifies_and_clears_away(
    root: Path, tmp_path: Path, demo_small: Path
) -> None:
    old = tmp_path / "old.twin"
    old.write_text("x")
    os.utime(old, (0, 0))
    own = {
        "TWIN_BACKUPS": str(tmp_path),
        "TWIN_PYTHON": sys.executable,
        "TWIN_DISTRICT": str(demo_small),
        "TWIN_STORE": f"sqlite:///{tmp_path / 'twin.db'}",
    }
    done = subprocess.run(
        [root / "deploy" / "backup.sh"],
        cwd=root,
        env=os.environ | own,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "whole" in done.stdout
    assert [path.suffix for path in tmp_path.glob("*.twin")] == [".twin"]
    assert not old.exists()


@pytest.fixture
def demo_small(tmp_path: Path) -> Path:
    """The folder of a district of sixty grids."""
    from twin.synthesise import write

    write(tmp_path / "district", 3, 60)
    return tmp_path / "district"
