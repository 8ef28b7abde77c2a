"""What an executor promises when workers die, on processes of this machine."""

import os
import signal
import time
from itertools import count
from pathlib import Path

import pytest

from simulation.executors import InProcess, JobsKilled, open_executor


def double(shared: int, job: int) -> int:
    """The shared number times a job's."""
    return shared * job


def double_or_die(shared: tuple[int, int], job: int) -> int:
    """The same, but one job kills its worker each time."""
    factor, killer = shared
    if job == killer:
        time.sleep(0.05)
        os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(0.02)
    return factor * job


def die_once(folder: Path, job: int) -> int:
    """A job's number; the first to come kills its worker, once."""
    try:
        (folder / "killed").touch(exist_ok=False)
    except FileExistsError:
        return job
    os.kill(os.getpid(), signal.SIGKILL)
    return -1


def test_every_job_is_done_once_whatever_the_number_of_workers() -> None:
    for workers in (0, 1, 3):
        with open_executor(7, workers) as executor:
            assert sorted(executor.run(double, [1, 2, 3, 4, 5])) == [(n, 7 * (n + 1)) for n in range(5)]
            assert dict(executor.run(double, [])) == {}


def test_a_killed_worker_loses_nothing(tmp_path: Path) -> None:
    with open_executor(tmp_path, 2) as executor:
        assert dict(executor.run(die_once, list(range(6)))) == {n: n for n in range(6)}
    assert (tmp_path / "killed").exists()


def test_a_job_that_always_kills_its_worker_is_named_and_all_others_are_done() -> None:
    done: dict[int, int] = {}
    with open_executor((2, 3), 2) as executor:
        with pytest.raises(JobsKilled, match="job 4 of 8 killed its worker 3 times") as told:
            for index, outcome in executor.run(double_or_die, list(range(8))):
                done[index] = outcome
        assert told.value.jobs == [3]
        assert list(executor.run(double_or_die, [5])) == [(0, 10)]  # and the pool goes on
    assert done == {n: 2 * n for n in range(8) if n != 3}


def test_an_error_of_a_job_ends_the_run_and_the_next_goes_on() -> None:
    for workers in (0, 2):
        with open_executor(1, workers) as executor:
            with pytest.raises(TypeError):
                dict(executor.run(double, [1, None, 3]))
            assert list(executor.run(double, [2])) == [(0, 2)]


def test_stop_ends_a_run_between_outcomes() -> None:
    for workers in (0, 2):
        asked = count(1)
        with open_executor(1, workers) as executor:
            seen = list(executor.run(double, list(range(50)), lambda turns=asked: next(turns) > 3))
        assert len(seen) < 50


def test_one_in_this_process_hands_over_the_very_thing() -> None:
    shared = object()
    assert list(InProcess(shared).run(lambda mine, job: mine is shared, [0])) == [(0, True)]
