"""A scheduler and two workers under TLS: the bytes of a pool, whoever is killed, and no way in for others."""

import shutil
import signal
import socket
import ssl
import subprocess
import sys
import threading
import tomllib
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import psutil
import pytest
import tomli_w

import app
from hub.certificates import make_certificates, read_security
from hub.jobs import ExperimentSpec, Jobs
from hub.worker import Worker
from simulation.cluster import node
from simulation.cluster.door import ClusterLost, ClusterRefused, knock
from simulation.executors import Executor, InProcess, JobsKilled, open_executor
from store.database import Store
from tests.cluster.jobs import double_or_die, name_process, refuse
from tests.cluster.processes import Machines, wait_until
from tests.trust.product import ROOT, find_port
from twin.load import load_district
from twin.synthesise import write

TOML = 'name = "more"\n[[measures]]\nmeasure = "scale_demand"\nfactor = 1.2\nplaces = []\nmatters = []\n'
SPEC = ExperimentSpec((TOML,), date(2026, 5, 11), 1, 1, 7)
PLAN = ["--start", "2026-05-11", "--days", "1", "--replications", "2", "--seed", "7"]
FILES = ("indicators.csv", "differences.csv", "quantiles.csv", "events.parquet")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a district of sixty grids without warm-up, and a scenario."""
    folder = tmp_path_factory.mktemp("district") / "small"
    write(folder, 3, 60)
    settings = tomllib.loads((folder / "district.toml").read_text("utf-8"))
    settings["play"] |= {"warm_up_days": 0, "drain_days": 0}
    (folder / "district.toml").write_text(tomli_w.dumps(settings), "utf-8")
    (folder.parent / "more.toml").write_text(TOML, "utf-8")
    return folder


@pytest.fixture(scope="module")
def expected(folder: Path) -> dict[str, bytes]:
    """The files of a run on processes of this machine."""
    out = folder.parent / "pool"
    assert app.main([*ask(folder, out), "--workers", "2"]) == 0
    return read_files(out)


@pytest.fixture
def executor(machines: Machines) -> Iterator[Executor]:
    """An executor on the cluster over the pair (2, 3)."""
    with open_executor((2, 3), address=machines.address, security=machines.security) as opened:
        yield opened


def ask(folder: Path, out: Path) -> list[str]:
    """The command line of a run."""
    return ["simulate", str(folder), "--scenario", str(folder.parent / "more.toml"), *PLAN, "--out", str(out)]


def read_files(out: Path) -> dict[str, bytes]:
    """Every file of a run that repeats."""
    return {name: (out / name).read_bytes() for name in FILES}


def test_a_run_on_the_cluster_writes_the_bytes_of_the_pool(
    machines: Machines,
    folder: Path,
    expected: dict[str, bytes],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TWIN_CLUSTER", machines.address)  # by setting alone
    monkeypatch.setenv("TWIN_CLUSTER_CERTIFICATES", str(machines.certificates))
    assert app.main(ask(folder, tmp_path)) == 0
    assert read_files(tmp_path) == expected
    assert f'"cluster": "{machines.address}"' in (tmp_path / "run.json").read_text("utf-8")


def test_a_run_whose_worker_is_killed_in_the_middle_writes_the_same_bytes(
    machines: Machines, folder: Path, expected: dict[str, bytes], tmp_path: Path
) -> None:
    options = ["--cluster", machines.address, "--certificates", str(machines.certificates)]
    command = [sys.executable, "app.py", *ask(folder, tmp_path), *options]
    victim = machines.list_workers()[0]
    process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE)
    assert process.stderr is not None
    said = b""
    while b"1/4" not in said and process.poll() is None:
        said += process.stderr.read(1)
    victim.kill()
    said += process.stderr.read()
    assert process.wait(120) == 0, said.decode()
    assert b"4/4" in said
    assert read_files(tmp_path) == expected


def test_the_district_is_handed_to_each_worker_also_to_one_that_came_back(
    machines: Machines, executor: Executor
) -> None:
    wait_until(lambda: len(machines.list_workers()) == 2)
    first = [outcome for _, outcome in executor.run(name_process, [0.2] * 4)]
    assert {shared for shared, _ in first} == {(2, 3)}
    machines.list_workers()[0].kill()
    wait_until(lambda: tell_processes(executor) - {pid for _, pid in first} != set())


def tell_processes(executor: Executor) -> set[int]:
    """The processes that do jobs now; all know what was handed over."""
    outcomes = [outcome for _, outcome in executor.run(name_process, [0.2] * 4)]
    assert {shared for shared, _ in outcomes} == {(2, 3)}
    return {pid for _, pid in outcomes}


def test_a_job_that_always_kills_its_worker_is_named_and_all_others_are_done(executor: Executor) -> None:
    done: dict[int, int] = {}
    with pytest.raises(JobsKilled, match="job 4 of 6 killed its worker 3 times"):
        for index, outcome in executor.run(double_or_die, list(range(6))):
            done[index] = outcome
    assert done == {n: 2 * n for n in range(6) if n != 3}
    assert list(executor.run(double_or_die, [5])) == [(0, 10)]


def test_an_error_of_a_job_comes_as_it_is_and_stop_ends_a_run(executor: Executor) -> None:
    with pytest.raises(ValueError, match="no map here"):
        list(executor.run(refuse, ["map", "map"]))
    seen: list[Any] = []
    for _, outcome in executor.run(name_process, [0.05] * 40, lambda: len(seen) >= 3):
        seen.append(outcome)
    assert 3 <= len(seen) < 40


def test_a_client_that_leaves_takes_its_district_with_it(machines: Machines) -> None:
    with open_executor("a", address=machines.address, security=machines.security) as one:
        list(one.run(name_process, [0.0]))
        assert count_handed(one) == 1
        with open_executor("b", address=machines.address, security=machines.security) as two:
            assert [shared for _, (shared, _) in two.run(name_process, [0.0])] == ["b"]
            assert count_handed(one) == 2
        wait_until(lambda: count_handed(one) == 1)
        assert [shared for _, (shared, _) in one.run(name_process, [0.0])] == ["a"]


def count_handed(executor: Any) -> int:
    """How many districts the scheduler keeps for workers to come."""
    names = executor._link.client.run_on_scheduler(lambda dask_scheduler: list(dask_scheduler.worker_plugins))
    return sum(name.startswith("district-") for name in names)


def test_workers_of_another_release_are_refused_by_name(
    machines: Machines, executor: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    wait_until(lambda: len(tell_processes(executor)) == 2, machines.tell)
    executor.close()
    monkeypatch.setattr(node, "find_release", lambda: "newer")
    with pytest.raises(ClusterRefused, match=r"another release than this one: tls://.*, tls://") as told:
        list(executor.run(name_process, [0.0]))
    assert "start them again" in str(told.value)


def test_strangers_are_refused_in_words_and_no_port_speaks_without_a_certificate(
    machines: Machines, tmp_path: Path
) -> None:
    make_certificates(tmp_path, ["127.0.0.1"])
    stranger = read_security(tmp_path, "client")
    with pytest.raises(ClusterRefused, match="certificate does not hold"):
        knock(machines.address, stranger, 10)
    trusting = replace(stranger, authority=machines.security.authority)  # knows us, we do not know it
    with pytest.raises(ClusterRefused, match="another authority"):
        knock(machines.address, trusting, 10)
    with pytest.raises(ClusterRefused, match="`--host localhost`"):  # made for 127.0.0.1 alone
        knock(machines.address.replace("127.0.0.1", "localhost"), machines.security, 10)
    wait_until(lambda: len(list_ports(machines)) == 5, machines.tell)  # each worker and what restarts it
    for host, port in list_ports(machines):
        assert host == "127.0.0.1"
        assert speak(port, b"GET / HTTP/1.0\r\n\r\n", None) == b""
        nameless = ssl.create_default_context(cafile=machines.security.authority)
        nameless.check_hostname = False
        assert speak(port, b"", nameless) == b""


def list_ports(machines: Machines) -> list[tuple[str, int]]:
    """Every address at which a process of the cluster listens."""
    assert machines.scheduler is not None and machines.group is not None
    roots = [psutil.Process(machines.scheduler.pid), psutil.Process(machines.group.pid)]
    everyone = [process for root in roots for process in (root, *root.children(recursive=True))]
    found = [c for process in everyone for c in process.net_connections("inet") if c.status == "LISTEN"]
    return sorted({(c.laddr.ip, c.laddr.port) for c in found})


def speak(port: int, words: bytes, context: ssl.SSLContext | None) -> bytes:
    """What a port answers to plain words, or to TLS without a certificate; nothing where it hangs up."""
    with socket.create_connection(("127.0.0.1", port), 30) as plain:
        try:
            wire = plain if context is None else context.wrap_socket(plain)
            wire.sendall(words)
            return wire.recv(100)
        except (ssl.SSLError, ConnectionError):
            return b""


def test_a_clients_certificate_does_not_pass_for_a_schedulers(machines: Machines) -> None:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(machines.security.certificate, machines.security.key)
    with socket.create_server(("127.0.0.1", 0)) as server:
        answering = threading.Thread(target=accept_one, args=(server, context))
        answering.start()
        with pytest.raises(ClusterRefused, match="does not hold"):
            knock(f"tls://127.0.0.1:{server.getsockname()[1]}", machines.security, 10)
        answering.join()


def accept_one(server: socket.socket, context: ssl.SSLContext) -> None:
    """One caller of an impostor."""
    try:
        with context.wrap_socket(server.accept()[0], server_side=True):
            pass
    except OSError:
        pass


def test_a_frozen_scheduler_ends_a_run_in_one_sentence_and_the_next_run_goes_on(
    machines: Machines, caplog: pytest.LogCaptureFixture
) -> None:
    assert machines.scheduler is not None
    place = {"address": machines.address, "security": machines.security, "stall": 2.0}
    with open_executor("a", **place) as executor:
        run = executor.run(name_process, [0.0, 0.0, 30.0])
        next(run)
        machines.scheduler.send_signal(signal.SIGSTOP)
        with pytest.raises(ClusterLost, match="no sign of life from the scheduler for 2 s"):
            list(run)
        machines.scheduler.send_signal(signal.SIGCONT)
        assert [shared for _, (shared, _) in executor.run(name_process, [0.0])] == ["a"]
    assert [record for record in caplog.records if record.exc_info] == []


def test_the_hubs_worker_tells_a_lost_cluster_and_finishes_the_next_job_when_it_is_back(
    machines: Machines, folder: Path, sqlite_store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    district, jobs = load_district(folder), Jobs(sqlite_store)
    joined = machines.read_log("workers").count("worker tls://")
    ids = [jobs.submit_experiment(replace(SPEC, seed=seed)) for seed in (1, 2)]
    with open_executor(district, address=machines.address, security=machines.security) as executor:
        worker = Worker(sqlite_store, district, executor)
        assert worker.step()
        machines.kill_scheduler()
        assert worker.step()
        assert [jobs.status(job).state for job in ids] == ["done", "failed"]
        assert machines.address in jobs.status(ids[1]).message
        worker.cold.append(SPEC)
        ended = threading.Event()
        running = threading.Thread(target=worker.run, args=(ended.is_set,))
        running.start()  # nothing waits: the baseline fails too, and the worker lives
        machines.start_scheduler()
        machines.wait_for_workers(joined + 2)
        again = jobs.submit_experiment(replace(SPEC, seed=2))
        wait_until(lambda: jobs.status(again).state == "done")
        ended.set()
        running.join(60)
    assert [record for record in caplog.records if record.exc_info] == []
    other = jobs.submit_experiment(replace(SPEC, seed=2), "pool")
    Worker(sqlite_store, district, InProcess(district), limits=None).step()
    assert jobs.body(again) == jobs.body(other)


def test_what_is_wrong_with_an_address_or_its_files_is_told_before_any_work(
    machines: Machines, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = ask(folder, tmp_path / "out")
    for address, words in (
        ("tcp://10.1.2.3:8786", "without TLS anybody who reaches a scheduler runs code"),
        ("tls://10.1.2.3:8786", "TLS needs certificates"),
        ("10.1.2.3", "write it as tls://host:port"),
        ("tls://10.1.2.3:port", "write it as tls://host:port"),
    ):
        assert app.main([*out, "--cluster", address]) == 2
        assert words in capsys.readouterr().err
    with pytest.raises(SystemExit, match="2"):
        app.main([*out, "--cluster", machines.address, "--workers", "2"])
    shutil.copy(machines.certificates / "client.pem", tmp_path)
    assert app.main([*out, "--cluster", machines.address, "--certificates", str(tmp_path)]) == 1
    told = capsys.readouterr().err
    assert "authority.pem: No such file" in told and "client.key: No such file" in told
    nobody = f"tls://127.0.0.1:{find_port()}"
    assert app.main([*out, "--cluster", nobody, "--certificates", str(machines.certificates)]) == 1
    assert f"{nobody}: not reached: Connection refused" in capsys.readouterr().err
    assert app.main(["scheduler"]) == 2
    assert "speaks TLS alone" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
