"""Why a township of the demo district is late: what a rerun costs, and how many a diagnosis takes."""

from datetime import date

from bench.parts import Figures, Part, at_most, load_demo, time_call
from simulation.diagnosis.causes import Coalition
from simulation.diagnosis.diagnose import Inquiry, count_runs, plan_window
from simulation.diagnosis.late import RunJob, measure_runs
from simulation.diagnosis.policy import CAUSES, read_diagnosis_policy
from simulation.diagnosis.subject import Subject

TOWNSHIP, START, REPLICATIONS = "990101200000", date(2026, 5, 11), 3
PIECES: tuple[tuple[str, ...], ...] = ((), ("authority", "demand"), CAUSES)
TWO_WORKERS_TWO_MINUTES = 240.0


def measure() -> Figures:
    """CPU seconds of compiling a coalition and of one more replication, means of three; the whole from them.

    The whole is what two workers may spend in two minutes.
    """
    district, run = load_demo(), read_diagnosis_policy().run
    subject = Subject("township", TOWNSHIP)
    period = plan_window(district, Inquiry(TOWNSHIP, START, run.days, run.replications, run.seed))
    time_call(
        lambda: measure_runs(district, RunJob(Coalition(subject, frozenset()), subject, period, 1, 1, True))
    )
    first = later = 0.0
    for piece in PIECES:
        change = Coalition(subject, frozenset(piece))
        once, _ = time_call(
            lambda c=change: measure_runs(district, RunJob(c, subject, period, 1, 2, not c.causes))
        )
        more, _ = time_call(
            lambda c=change: measure_runs(district, RunJob(c, subject, period, REPLICATIONS, 3, not c.causes))
        )
        later += more / REPLICATIONS / len(PIECES)
        first += (once - more / REPLICATIONS) / len(PIECES)
    changes = count_runs(1)
    return {
        "diagnosis_compile_seconds": max(first, 0.0),
        "diagnosis_rerun_seconds": later,
        "diagnosis_runs": changes * run.replications,
        "diagnosis_cpu_seconds": changes * (max(first, 0.0) + later * run.replications),
    }


def tell(f: Figures) -> list[str]:
    """The figures in words."""
    return [
        f"a diagnosis of a township of the demo district: {f['diagnosis_runs']} reruns of a week at most",
        f"  {f['diagnosis_compile_seconds']:.2f} s a coalition, {f['diagnosis_rerun_seconds']:.2f} s a rerun",
        f"  {f['diagnosis_cpu_seconds']:.0f} s of CPU (two workers in two minutes: at most 240)",
    ]


PART = Part("diagnosis", measure, (at_most("diagnosis_cpu_seconds", TWO_WORKERS_TWO_MINUTES),), tell)
