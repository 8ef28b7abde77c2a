"""What the worker can be asked to work out: one module a kind of study, all behind one contract."""

from hub.studies.base import Step, Study, Workbench
from hub.studies.experiment import ExperimentStudy
from hub.studies.playback import PlaybackStudy

#: Every kind of job by its name; a new kind is a module here and a line in this table.
STUDIES: dict[str, Study] = {study.kind: study for study in (ExperimentStudy(), PlaybackStudy())}

__all__ = ["STUDIES", "Step", "Study", "Workbench"]
