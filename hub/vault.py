"""Case records under lock: what people wrote, their photos and how to reach them, apart from the event log.

The twin, the simulation and every figure work without them.
"""

import json
import tomllib
import uuid
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path

from cryptography.fernet import InvalidToken
from pydantic import BaseModel, ConfigDict, Field, field_validator

from hub.keys import Keys
from hub.personal import IDENTITY, mask_identity, mask_text
from hub.photos import BadPhoto, clean, sniff
from hub.roles import RECORD_READERS
from store.case_records import CaseRecord, CaseRecords
from store.types import utc_now

DEFAULTS = Path(__file__).resolve().parent.parent / "data" / "defaults" / "privacy.toml"
PURPOSE = "case records"
#: Fields of Open311 GeoReport v2 that say who a person is.
CONTACT = frozenset({"contact", "first_name", "last_name", "phone", "email", "device_id", "account_id"})


class KindPolicy(BaseModel):
    """How long a kind of record is kept, how large it may be, what it may be, which roles may open it."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    retention_days: int = Field(gt=0)
    largest_bytes: int = Field(gt=0)
    media_types: tuple[str, ...]
    readers: tuple[str, ...]

    @field_validator("readers")
    @classmethod
    def _know_roles(cls, readers: tuple[str, ...]) -> tuple[str, ...]:
        strangers = set(readers) - RECORD_READERS
        if strangers:
            known = ", ".join(sorted(RECORD_READERS))
            raise ValueError(f"{', '.join(sorted(strangers))}: only these roles read records: {known}")
        return readers


class RecordRefused(ValueError):
    """A record that was not kept, or not opened; `why` is a key of the catalogue records.why_*."""

    def __init__(self, why: str, **values: object) -> None:
        super().__init__(f"{why} {values}" if values else why)
        self.why, self.values = why, values


class Vault:
    """Writes, lists, opens and purges the records of cases."""

    def __init__(
        self,
        records: CaseRecords,
        keys: Keys,
        policy: Mapping[str, KindPolicy] | None = None,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self.records, self.keys, self.clock = records, keys, clock
        self.policy = policy or load_privacy()

    def put(self, case_id: str, kind: str, media_type: str, body: bytes, by: str) -> str:
        """Lock a body away and return its record_id.

        Texts are UTF-8; identity numbers are masked in them, telephone numbers too but in a contact. A photo
        is known by its first bytes, whatever `media_type` says, and freed of EXIF. RecordRefused: unknown
        kind, too large, another media type, broken, not text.
        """
        rule = self.policy.get(kind)
        if rule is None:
            raise RecordRefused("kind", kind=kind)
        if not body or len(body) > rule.largest_bytes:
            raise RecordRefused("size", most=rule.largest_bytes)
        media_type, body = _prepare(kind, media_type, body)
        if media_type not in rule.media_types:
            raise RecordRefused("media_type", allowed=", ".join(rule.media_types))
        now, record_id = self.clock(), uuid.uuid4().hex
        expires_at = now + timedelta(days=rule.retention_days)
        record = CaseRecord(record_id, case_id, kind, media_type, by, now, expires_at)
        head = json.dumps([record_id, case_id, kind, media_type]).encode()
        self.records.add(record, self.keys.lock(PURPOSE).encrypt(head + b"\n" + body))
        return record_id

    def put_words(self, case_id: str, words: Mapping[str, str], by: str) -> None:
        """Keep what a form says, name by name: how to reach the person apart from the rest."""
        for kind, is_contact in (("text", False), ("contact", True)):
            lines = [f"{k}: {v}" for k, v in words.items() if v and (k in CONTACT) is is_contact]
            if lines:
                self.put(case_id, kind, "text/plain", "\n".join(lines).encode(), by)

    def list(self, case_id: str) -> list[CaseRecord]:
        """What is kept of a case, oldest first, unopened."""
        return self.records.list_case(case_id, self.clock())

    def find(self, record_id: str) -> CaseRecord | None:
        """A record, unopened; None where there is none or its time is over."""
        return self.records.find(record_id, self.clock())

    def may_read(self, kind: str, role: str) -> bool:
        """Whether a role opens this kind, of cases in its own part; the part is the caller's to check."""
        return kind in self.policy and role in self.policy[kind].readers

    def read(self, record_id: str, role: str, by: str = "") -> bytes:
        """Open a record; the opening is in the audit trail before the answer.

        RecordRefused: no such record or its time is over, not for this role, locked with a key that is gone.
        """
        record = self.find(record_id)
        if record is None:
            raise RecordRefused("none")
        if not self.may_read(record.kind, role):
            raise RecordRefused("role")
        locked = self.records.open(record, by or f"role:{role}", {"role": role})
        if locked is None:
            raise RecordRefused("none")
        try:
            head, _, body = self.keys.lock(PURPOSE).decrypt(locked).partition(b"\n")
        except InvalidToken:
            raise RecordRefused("key") from None
        if json.loads(head) != [record.record_id, record.case_id, record.kind, record.media_type]:
            raise RecordRefused("key")  # the body of another record was put in its place
        return body

    def purge(self, now: datetime | None = None) -> int:
        """Delete what has been kept long enough; how many records went."""
        return self.records.purge(now or self.clock())

    def relock(self, by: str) -> int:
        """Lock every record with the key in force, so that older keys can go; how many there are."""
        return self.records.relock(self.keys.lock(PURPOSE).rotate, by)


def load_privacy(path: Path = DEFAULTS) -> dict[str, KindPolicy]:
    """The policy of a file by kind; pydantic's ValidationError names each wrong key."""
    kinds = tomllib.loads(path.read_text(encoding="utf-8"))["kinds"]
    return {name: KindPolicy(**entry) for name, entry in kinds.items()}


def _prepare(kind: str, media_type: str, body: bytes) -> tuple[str, bytes]:
    if kind == "photo":
        try:
            return sniff(body), clean(body)
        except BadPhoto as error:
            raise RecordRefused("photo") from error
    if media_type.partition(";")[0].strip() != "text/plain":
        return media_type, body
    try:
        text = body.decode()
    except UnicodeDecodeError:
        raise RecordRefused("text") from None
    if kind == "contact":  # its number is what it is kept for
        return "text/plain", IDENTITY.sub(lambda found: mask_identity(found[0]), text).encode()
    return "text/plain", mask_text(text).encode()
