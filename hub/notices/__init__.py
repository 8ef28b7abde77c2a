"""Notices (通知) to units: found in what happened, kept in the outbox, read here or sent to a messenger."""

from hub.notices.desk import Notices

__all__ = ["Notices"]
