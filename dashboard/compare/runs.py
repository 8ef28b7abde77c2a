"""One's recent runs, and how several become one study."""

from collections.abc import Sequence
from typing import Any

from dash import dcc, html

from dashboard import studying
from dashboard.faults import tell_error
from dashboard.formats import table
from dashboard.guard import current_owner
from dashboard.i18n import t
from dashboard.services import Services
from hub.comparing import unite
from hub.jobs import EXPERIMENT, ExperimentSpec, JobStatus
from twin.faults import DistrictFaults

MOST = 30


def list_runs(services: Services) -> list[tuple[JobStatus, ExperimentSpec]]:
    """The asker's newest experiments, each question once."""
    found: dict[str, tuple[JobStatus, ExperimentSpec]] = {}
    for status in services.jobs.recent(MOST, EXPERIMENT, asked_by=current_owner()):
        spec = services.jobs.spec(status.job_id)
        if status.state in ("queued", "running", "done"):
            found.setdefault(repr(spec.to_plain()), (status, spec))
    return list(found.values())


def unite_runs(services: Services, job_ids: Sequence[Any], lang: str) -> tuple[str, str]:
    """The id of the study that holds every scenario of some runs, and no words; or blank, and why not."""
    statuses = [studying.find_status(services, job, EXPERIMENT) for job in dict.fromkeys(job_ids)]
    known = [status for status in statuses if status is not None]
    if not known or len(known) < len(statuses):
        return "", t("compare.no_run", lang)
    foreign = [s for s in known if not _is_of_district(services, s.job_id)]
    if foreign:
        return "", t("compare.other_district", lang)
    if len(known) == 1:
        return known[0].job_id, ""
    try:
        spec = unite([services.jobs.spec(status.job_id) for status in known])
    except DistrictFaults as error:
        return "", tell_error(error, lang)
    mine = (s.job_id for s, asked in list_runs(services) if asked == spec)
    job = next(mine, "")
    if job:
        return job, ""
    new, words = studying.submit(services, EXPERIMENT, spec.to_plain(), lang)
    return ("", words) if words else (str(new), "")


def _is_of_district(services: Services, job_id: str) -> bool:
    result = services.jobs.result(job_id)
    return result is None or result.provenance.get("district_hash") in (None, services.district.hash)


def draw_runs(services: Services, lang: str) -> Any:
    """A row a run, with a box to pick it by."""
    rows = [_draw_run(status, spec, lang) for status, spec in list_runs(services)]
    if not rows:
        way_out = html.A(t("compare.to_plan", lang), href="/plan")
        return html.P([t("compare.no_runs", lang), " ", way_out], className="empty")
    head = [(t(f"compare.run_{name}", lang), kind) for name, kind in HEAD]
    return table(head, rows, t("compare.runs", lang))


HEAD = (("pick", ""), ("scenarios", ""), ("window", ""), ("replications", "n"), ("seed", "n"), ("state", ""))


def _draw_run(status: JobStatus, spec: ExperimentSpec, lang: str) -> list[Any]:
    title, mark = studying.name_run(spec, lang), studying.BADGES[status.state]
    box = dcc.Checklist(
        options=[{"value": status.job_id, "label": html.Span(title, className="unseen")}],
        value=[],
        id={"type": "compare-pick", "job": status.job_id},
    )
    words = t(f"study.state_{status.state}", lang, done=status.done, total=status.total)
    return [
        box,
        html.A(title, href=f"/compare/{status.job_id}"),
        t("compare.window", lang, start=spec.start.isoformat(), days=spec.days),
        str(spec.replications),
        str(spec.seed),
        html.Span(f"{mark[0]} {words}", className=f"badge {mark[1]}"),
    ]
