"""Growth and memory on the yardstick's flow: more days of the same load, each size in a process of its own.

Memory is the peak of the process: draws, engine, log and all that Python and the libraries hold. On Linux it
is read from /proc (VmHWM), since ru_maxrss of a child begins at what its parent held.
What a case costs is the difference between the largest and the smallest size, divided by that of their cases:
the interpreter, its imports and the district are in both.
"""

import json
import resource
import subprocess
import sys
from pathlib import Path
from statistics import median

import numpy as np

from bench.parts import Figures, Part, at_most, time_call
from bench.yardstick import CASES_A_DAY, ORIGIN, prepare_flow
from simulation.demand import sample_cases
from simulation.engine import run
from simulation.log.record import build_log

ROUNDS_OF_DAYS = {30: 5, 100: 5, 300: 5, 1000: 3}  # the largest takes most of the bench's time
HOME = Path(__file__).resolve().parent.parent


def play_size(days: int) -> dict[str, float]:
    """Draws, engine and log of so many days in this process: cases, CPU seconds, peak bytes so far."""
    flow, horizon = prepare_flow(days)

    def play() -> int:
        cases = sample_cases(flow.district, ORIGIN, days, 1)
        log = build_log(run(flow, cases, horizon))
        assert len(log) > len(cases)
        return len(cases)

    seconds, count = time_call(play)
    return {"cases": count, "seconds": seconds, "peak_bytes": read_peak()}


def read_peak() -> int:
    """The most bytes that this process has held."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(x for x in status.read_text("ascii").splitlines() if x.startswith("VmHWM"))
        return int(line.split()[1]) * 1024
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def measure() -> Figures:
    """Sizes in turn, round after round; medians by size."""
    runs: dict[int, list[dict[str, float]]] = {days: [] for days in ROUNDS_OF_DAYS}
    for number in range(max(ROUNDS_OF_DAYS.values())):
        for days, rounds in ROUNDS_OF_DAYS.items():
            if number < rounds:
                runs[days].append(_play_apart(days))
    sizes = [
        {name: median(found[name] for found in runs[days]) for name in ("cases", "seconds", "peak_bytes")}
        for days in ROUNDS_OF_DAYS
    ]
    small, large = sizes[0], sizes[-1]
    logs = np.log([[size["cases"], size["seconds"]] for size in sizes])
    return {
        "sizes": sizes,
        "growth_exponent": float(np.polyfit(logs[:, 0], logs[:, 1], 1)[0]),
        "bytes_per_case": (large["peak_bytes"] - small["peak_bytes"]) / (large["cases"] - small["cases"]),
    }


def _play_apart(days: int) -> dict[str, float]:
    command = [sys.executable, "-m", "bench.size", str(days)]
    done = subprocess.run(command, cwd=HOME, check=True, capture_output=True, text=True)
    return dict(json.loads(done.stdout))


def tell(f: Figures) -> list[str]:
    """The figures in words."""
    rounds = ", ".join(f"{days * CASES_A_DAY:,} {count}" for days, count in ROUNDS_OF_DAYS.items())
    return [
        f"growth on the yardstick's flow, draws, engine and log; rounds by cases: {rounds}",
        *(
            f"  {s['cases']:>9,.0f} cases: {s['seconds']:6.2f} s, peak {s['peak_bytes'] / 1e6:,.0f} MB"
            for s in f["sizes"]
        ),
        f"  CPU grows with cases to the power {f['growth_exponent']:.3f} (at most 1.05)",
        f"  peak memory {f['bytes_per_case']:,.0f} bytes a case, log included (at most 1,500)",
    ]


PART = Part("size", measure, (at_most("growth_exponent", 1.05), at_most("bytes_per_case", 1_500)), tell)

if __name__ == "__main__":
    print(json.dumps(play_size(int(sys.argv[1]))))
