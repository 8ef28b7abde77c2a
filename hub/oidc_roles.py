"""Which role and part a claim of the issuer stands for: a table in a file, the first line that fits holds."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, model_validator

from hub.grants import check_grant
from twin.district import District


class ClaimGrant(BaseModel):
    """`value` in the claim gives `role` for the unit `scope`, or for the unit that `scope_claim` names."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    value: str
    role: str
    scope: str = ""
    scope_claim: str = ""

    @model_validator(mode="after")
    def _have_one_scope(self) -> "ClaimGrant":
        if self.scope and self.scope_claim:
            raise ValueError(f"{self.value}: give scope or scope_claim, not both")
        return self


class ClaimRoles(BaseModel):
    """The file: the claim that is read (a text or a list of texts), and what its values stand for."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    claim: str
    grants: tuple[ClaimGrant, ...]

    def find(self, claims: Mapping[str, Any]) -> tuple[str, str] | None:
        """Role and unit of the first grant whose value the claim holds; None where none fits."""
        held = claims.get(self.claim)
        values = held if isinstance(held, list) else [held]
        for grant in self.grants:
            if grant.value in values:
                scope = str(claims.get(grant.scope_claim, "")) if grant.scope_claim else grant.scope
                return grant.role, scope
        return None


def load_claim_roles(path: Path, district: District) -> ClaimRoles:
    """The table of a file; ValueError names a wrong key, or a role and a unit that do not fit."""
    roles = ClaimRoles(**tomllib.loads(path.read_text(encoding="utf-8")))
    for grant in roles.grants:
        if not grant.scope_claim:
            check_grant(district, grant.role, grant.scope)
    return roles
