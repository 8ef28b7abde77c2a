"""Every table of the store, as SQLAlchemy Core knows it; migrations/ makes them."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
)

from store.types import UtcTime

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

events = Table(
    "events",
    metadata,
    Column("source", Text, primary_key=True),
    Column("event_id", Text, primary_key=True),
    Column("received_no", BigInteger, nullable=False, unique=True),
    Column("body_hash", LargeBinary, nullable=False),
    Column("origin", Text, nullable=False),
    Column("run_id", Text),
    Column("scenario", Text),
    Column("replication", Integer),
    Column("case_id", Text, nullable=False),
    Column("seq", Integer),
    Column("task_id", Integer),
    Column("kind", Text, nullable=False),
    Column("occurred_at", UtcTime, nullable=False),
    Column("recorded_at", UtcTime),
    Column("state", Text),
    Column("phase", Text, nullable=False),
    Column("tier", Text),
    Column("unit", Text),
    Column("role", Text),
    Column("post_id", Text),
    Column("lead_unit", Text),
    Column("work_seconds", Float),
    Column("channel", Text),
    Column("matter", Text),
    Column("grid", Text),
    Column("x", Float),
    Column("y", Float),
    Column("priority", Integer),
    Column("step_due", UtcTime),
    Column("handling_due", UtcTime),
    Column("close_due", UtcTime),
    Column("merged_into", Text),
    Column("verdict", Text),
    Column("reason_code", Text),
    Index("ix_events_case_id", "case_id"),
    Index("ix_events_occurred_at", "occurred_at"),
)

# The row is updated first in every append: it hands out received_no in the order of commits,
# on any database, so that a reader who polls by number never misses a row.
counters = Table(
    "counters",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", BigInteger, nullable=False),
)

# What must survive a restart and is one value: the replay clock, settings changed at run time.
notes = Table(
    "notes",
    metadata,
    Column("name", Text, primary_key=True),
    Column("body", JSON, nullable=False),
    Column("changed_at", UtcTime, nullable=False),
)

jobs = Table(
    "jobs",
    metadata,
    Column("job_id", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("spec", JSON, nullable=False),
    Column("state", Text, nullable=False),
    Column("done", Integer, nullable=False, default=0),
    Column("total", Integer, nullable=False, default=0),
    Column("message", Text, nullable=False, default=""),
    Column("attempts", Integer, nullable=False, default=0),
    Column("cancel_asked", Boolean, nullable=False, default=False),
    Column("asked_by", Text, nullable=False, default=""),
    Column("key", Text, nullable=False, default=""),
    Column("owner", Text),
    Column("submitted_no", BigInteger, nullable=False),
    Column("submitted_at", UtcTime, nullable=False),
    Column("started_at", UtcTime),
    Column("heartbeat_at", UtcTime),
    Column("finished_at", UtcTime),
    Index("ix_jobs_state_submitted", "state", "submitted_no"),
    Index("ix_jobs_key", "key"),
)

job_results = Table(
    "job_results",
    metadata,
    Column("job_id", Text, ForeignKey("jobs.job_id", ondelete="CASCADE"), primary_key=True),
    Column("version", Integer, nullable=False),
    Column("body", LargeBinary, nullable=False),
)

# The planners' library: a scenario has an owner, and one row a version that was saved.
scenarios = Table(
    "scenarios",
    metadata,
    Column("scenario_id", Text, primary_key=True),
    Column("owner", Text, nullable=False),
    Column("scope", Text, nullable=False, default=""),
    Column("title", Text, nullable=False),
    Column("tags", JSON, nullable=False),
    Column("shared", Boolean, nullable=False, default=False),
    Column("version", Integer, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("updated_at", UtcTime, nullable=False),
    Column("deleted_at", UtcTime),
    Index("ix_scenarios_owner", "owner"),
)

scenario_versions = Table(
    "scenario_versions",
    metadata,
    Column("scenario_id", Text, ForeignKey("scenarios.scenario_id", ondelete="CASCADE"), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("hash", Text, nullable=False),
    Column("toml", Text, nullable=False),
    Column("saved_by", Text, nullable=False),
    Column("saved_at", UtcTime, nullable=False),
)

# Outcomes of replications, so that a what-if after a restart answers as fast as before it.
baselines = Table(
    "baselines",
    metadata,
    Column("name", Text, primary_key=True),
    Column("body", LargeBinary, nullable=False),
    Column("made_at", UtcTime, nullable=False),
)

accounts = Table(
    "accounts",
    metadata,
    Column("name", Text, primary_key=True),
    Column("password_hash", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("scope", Text, nullable=False, default=""),
    Column("disabled", Boolean, nullable=False, default=False),
    Column("created_at", UtcTime, nullable=False),
    Column("subject", Text),
    Index("uq_accounts_subject", "subject", unique=True),
)

# Screens with a token of their own, one each; a session of one is the account `display:NAME`.
displays = Table(
    "displays",
    metadata,
    Column("name", Text, primary_key=True),
    Column("token_hash", LargeBinary, nullable=False, unique=True),
    Column("created_at", UtcTime, nullable=False),
    Column("revoked_at", UtcTime),
)

sessions = Table(
    "sessions",
    metadata,
    Column("session_hash", LargeBinary, primary_key=True),
    Column("role", Text, nullable=False),
    Column("scope", Text, nullable=False, default=""),
    Column("account", Text, nullable=False, default=""),
    Column("opened_by", Text, nullable=False, default=""),
    Column("created_at", UtcTime, nullable=False),
    Column("seen_at", UtcTime, nullable=False),
    Column("expires_at", UtcTime, nullable=False),
    Index("ix_sessions_account", "account"),
)

links = Table(
    "links",
    metadata,
    Column("token_hash", LargeBinary, primary_key=True),
    Column("role", Text, nullable=False),
    Column("scope", Text, nullable=False, default=""),
    Column("account", Text, nullable=False, default=""),
    Column("expires_at", UtcTime, nullable=False),
    Column("used_at", UtcTime),
)

attempts = Table(
    "attempts",
    metadata,
    Column("attempt_no", Integer, primary_key=True),
    Column("subject", Text, nullable=False),
    Column("tried_at", UtcTime, nullable=False),
    Index("ix_attempts_subject", "subject", "tried_at"),
)

audit = Table(
    "audit",
    metadata,
    Column("audit_no", BigInteger, primary_key=True, autoincrement=False),
    Column("at", UtcTime, nullable=False),
    Column("actor", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("detail", JSON, nullable=False),
    Column("previous_hash", Text, nullable=False),
    Column("row_hash", Text, nullable=False),
)

# Keys of the systems that send and follow cases. A source may hold two at a time, so that they can change.
source_keys = Table(
    "source_keys",
    metadata,
    Column("key_id", Text, primary_key=True),
    Column("key_hash", LargeBinary, nullable=False, unique=True),
    Column("source", Text, nullable=False),
    Column("scopes", JSON, nullable=False),
    Column("per_minute", Integer, nullable=False),
    Column("note", Text, nullable=False, default=""),
    Column("created_at", UtcTime, nullable=False),
    Column("expires_at", UtcTime),
    Column("revoked_at", UtcTime),
)

# Calls counted by subject and window, so that every process counts the same.
rate_windows = Table(
    "rate_windows",
    metadata,
    Column("subject", Text, primary_key=True),
    Column("window", BigInteger, primary_key=True),
    Column("calls", BigInteger, nullable=False),
)

# Where a case lives when its record is kept by another platform, and the token that its reporter holds.
case_links = Table(
    "case_links",
    metadata,
    Column("case_id", Text, primary_key=True),
    Column("source", Text, nullable=False),
    Column("source_url", Text, nullable=False, default=""),
    Column("external_id", Text, nullable=False, default=""),
    Column("token_hash", LargeBinary, unique=True),
    Column("created_at", UtcTime, nullable=False),
)

# What people wrote, and how to reach them: encrypted, apart, and gone when its time is over.
case_records = Table(
    "case_records",
    metadata,
    Column("record_id", Text, primary_key=True),
    Column("case_id", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("media_type", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("written_by", Text, nullable=False),
    Column("written_at", UtcTime, nullable=False),
    Column("expires_at", UtcTime, nullable=False),
    Index("ix_case_records_case_id", "case_id"),
)

# What the hub itself decides, one row an act: supervision orders, duty, contingencies. State is read from it.
journal = Table(
    "journal",
    metadata,
    Column("entry_no", BigInteger, primary_key=True, autoincrement=False),
    Column("book", Text, nullable=False),
    Column("subject_id", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("role", Text, nullable=False),
    Column("unit", Text, nullable=False, default=""),
    Column("actor", Text, nullable=False, default=""),
    Column("body", JSON, nullable=False),
    Index("ix_journal_book_subject", "book", "subject_id"),
)

# Notices on their way to the office's own messenger.
outbox = Table(
    "outbox",
    metadata,
    Column("notice_id", Text, primary_key=True),
    Column("unit", Text, nullable=False),
    Column("role", Text, nullable=False, default=""),
    Column("kind", Text, nullable=False),
    Column("body", JSON, nullable=False),
    Column("state", Text, nullable=False),
    Column("attempts", Integer, nullable=False, default=0),
    Column("error", Text, nullable=False, default=""),
    Column("created_at", UtcTime, nullable=False),
    Column("next_at", UtcTime, nullable=False),
    Column("sent_at", UtcTime),
    Index("ix_outbox_state_next", "state", "next_at"),
)
