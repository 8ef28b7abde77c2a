"""/api/records: what people wrote about a case, opened by whoever has the case in their part."""

from flask import Flask, Response, jsonify, redirect, request

from dashboard.guard import Guard, current_actor, current_scope, current_session
from dashboard.i18n import current_language, t
from dashboard.services import Services
from hub.roles import RECORD_READERS, RECORD_WRITERS
from hub.vault import RecordRefused, Vault
from store.case_records import CaseRecord

FORM_BYTES = 65_536
ENDINGS = {"image/jpeg": "jpg", "image/png": "png", "image/webp": "webp", "text/plain": "txt"}
STATUS = {"none": 404, "role": 403, "key": 409, "size": 413, "media_type": 415, "photo": 415}


def add_records(server: Flask, guard: Guard, services: Services) -> None:
    """List, open, add; each only where the hub keeps the record of cases."""

    @server.get("/api/records/<case_id>", endpoint="records")
    def list_records(case_id: str) -> Response:
        vault = _find_vault(services, case_id)
        return _refuse(RecordRefused("none")) if vault is None else jsonify(_list(vault, case_id))

    @server.get("/api/records/<case_id>/<record_id>", endpoint="record")
    def open_record(case_id: str, record_id: str) -> Response:
        vault = _find_vault(services, case_id)
        record = vault.find(record_id) if vault else None
        if vault is None or record is None or record.case_id != case_id:
            return _refuse(RecordRefused("none"))
        try:
            return _send(record, vault.read(record_id, current_session().role, current_actor()))
        except RecordRefused as error:
            return _refuse(error)

    @server.post("/api/records/<case_id>", endpoint="add_record")
    def add_record(case_id: str) -> Response:
        vault = _find_vault(services, case_id)
        if vault is None:
            return _refuse(RecordRefused("none"))
        largest = max(rule.largest_bytes for rule in vault.policy.values())
        request.max_content_length = largest + FORM_BYTES
        try:
            record_id = _put(vault, case_id)
        except RecordRefused as error:
            return _refuse(error)
        back = request.form.get("back", "")
        if back.startswith("/") and not back.startswith(("//", "/\\")):
            return redirect(back, 303)  # type: ignore[return-value]
        return Response(jsonify({"record_id": record_id}).data, 201, mimetype="application/json")

    guard.open_route("records", RECORD_READERS)
    guard.open_route("record", RECORD_READERS)
    guard.open_route("add_record", RECORD_WRITERS)


def _find_vault(services: Services, case_id: str) -> Vault | None:
    """The vault, where this session has the case in its part; a case of others looks like none."""
    session = current_session()
    if services.vault is None:
        return None
    case = services.desk.find(case_id, session.role, current_scope(services), session.account)
    return None if case is None else services.vault


def _list(vault: Vault, case_id: str) -> list[dict[str, object]]:
    role = current_session().role
    return [
        {
            "record_id": record.record_id,
            "kind": record.kind,
            "media_type": record.media_type,
            "written_by": record.written_by,
            "written_at": record.written_at.isoformat(),
            "expires_at": record.expires_at.isoformat(),
        }
        for record in vault.list(case_id)
        if vault.may_read(record.kind, role)
    ]


def _put(vault: Vault, case_id: str) -> str:
    kind, sent = request.form.get("kind", ""), request.files.get("file")
    body = sent.read() if sent else request.form.get("text", "").encode()
    return vault.put(case_id, kind, "" if sent else "text/plain", body, current_actor())


def _send(record: CaseRecord, body: bytes) -> Response:
    """The body with the type that its bytes had at the door, never to be shown as a page."""
    answer = Response(body, mimetype=record.media_type)
    name = f"{record.kind}.{ENDINGS[record.media_type]}"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _refuse(error: RecordRefused) -> Response:
    text = t(f"records.why_{error.why}", current_language(), **error.values)
    answer = jsonify({"error": text})
    answer.status_code = STATUS.get(error.why, 422)
    return answer
