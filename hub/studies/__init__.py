"""What the worker can be asked to work out: one module a kind of study, all behind one contract."""

from hub.studies.base import Step, Study, Workbench
from hub.studies.baseline import BaselineStudy
from hub.studies.diagnosis import DiagnosisStudy
from hub.studies.experiment import ExperimentStudy
from hub.studies.grids import GridsStudy
from hub.studies.optimise import OptimiseStudy
from hub.studies.playback import PlaybackStudy
from hub.studies.shifts import ShiftStudy
from hub.studies.siting import SitingStudy

#: Every kind of job by its name; a new kind is a module here and a line in this table.
STUDIES: dict[str, Study] = {
    study.kind: study
    for study in (
        ExperimentStudy(),
        BaselineStudy(),
        PlaybackStudy(),
        DiagnosisStudy(),
        OptimiseStudy(),
        SitingStudy(),
        ShiftStudy(),
        GridsStudy(),
    )
}

__all__ = ["STUDIES", "Step", "Study", "Workbench"]
