"""Where studies are played, this machine or a cluster: settings, and what the command line says instead."""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from hub.certificates import read_security
from simulation.cluster.door import check_address
from simulation.executors import Executor, Security, open_executor
from twin.faults import DistrictFaults, Fault


class ClusterSettings(BaseSettings):
    """pool: processes of this machine; cluster: a scheduler's address instead, such as tls://10.1.2.3:8786;

    cluster_certificates: the folder that `app.py certificates` made, or the part of it that this machine has.
    """

    model_config = SettingsConfigDict(env_prefix="TWIN_", frozen=True, extra="ignore")
    pool: int = Field(default=2, ge=0)
    cluster: str = ""
    cluster_certificates: Path | None = None


@dataclass(frozen=True)
class Workplace:
    """Where studies are played: so many processes of this machine, or a scheduler and who we are to it."""

    workers: int = 2
    address: str | None = None
    security: Security | None = None

    def open(self, shared: Any) -> AbstractContextManager[Executor]:
        """An executor there over what jobs share."""
        return open_executor(shared, self.workers, self.address, self.security)

    @property
    def name(self) -> int | str:
        """What a result says of it: a number of processes, or an address."""
        return self.address or self.workers


def read_settings() -> ClusterSettings:
    """The settings; DistrictFaults where one cannot be used."""
    try:
        return ClusterSettings()
    except ValidationError as error:
        faults = [
            Fault("settings", f"TWIN_{str(one['loc'][0]).upper()}", "not possible", one["msg"])
            for one in error.errors()
        ]
        raise DistrictFaults(faults) from None


def find_workplace(
    workers: int | None = None, address: str | None = None, certificates: Path | None = None
) -> Workplace:
    """What is asked for by argument, else by setting, else processes of this machine.

    WrongAddress where the address will not do, CertificateFault where the files will not.
    """
    settings = read_settings()
    chosen = address if address is not None else settings.cluster if workers is None else ""
    folder = certificates or settings.cluster_certificates
    if not chosen:
        return Workplace(settings.pool if workers is None else workers)
    check_address(chosen, secured=folder is not None)
    is_secured = chosen.startswith("tls://") and folder is not None
    return Workplace(0, chosen, read_security(folder, "client") if folder and is_secured else None)
