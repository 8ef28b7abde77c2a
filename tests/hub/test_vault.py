"""Records of cases: locked, opened by the right roles and audited, gone in time; photos lose their place."""

import struct
import zlib
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from hub.keys import KeyFault, Keys, make_keys, read_keys, renew_keys
from hub.personal import mask_identity, mask_mobile, mask_text
from hub.photos import BadPhoto, clean, sniff
from hub.roles import ROLES
from hub.vault import RecordRefused, Vault, load_privacy
from store.audit import Audit
from store.case_records import CaseRecords
from store.database import Store
from store.tables import case_records

NOON = datetime(2026, 5, 11, 4, tzinfo=UTC)


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    """A key file of this test."""
    make_keys(tmp_path / "key")
    return tmp_path / "key"


@pytest.fixture
def vault(store: Store, key_file: Path) -> Vault:
    """A vault whose time is noon."""
    return Vault(CaseRecords(store, lambda: NOON), Keys(key_file), clock=lambda: NOON)


def put_text(vault: Vault, text: str, kind: str = "text") -> str:
    return vault.put("c1", kind, "text/plain", text.encode(), "li")


def test_what_was_written_comes_back_and_the_store_holds_none_of_it(vault: Vault, store: Store) -> None:
    name = put_text(vault, "桥头路面塌陷")
    assert vault.read(name, "dispatcher", "wang").decode() == "桥头路面塌陷"
    with store.read() as connection:
        kept = connection.execute(select(case_records)).one()
    assert "桥头".encode() not in bytes(kept.body)
    assert kept.expires_at == NOON + timedelta(days=730)


def test_each_writing_and_each_opening_has_one_audit_row_and_a_refused_opening_none(
    vault: Vault, store: Store
) -> None:
    name = put_text(vault, "灯坏了")
    vault.read(name, "dispatcher", "wang")
    with pytest.raises(RecordRefused):
        vault.read(name, "viewer", "zhao")
    rows = [(row.actor, row.action, row.subject) for row in reversed(Audit(store).recent())]
    assert rows == [("li", "record written", "case:c1"), ("wang", "record read", "case:c1")]
    assert "灯" not in str(Audit(store).recent())


def test_every_role_but_those_named_is_refused(vault: Vault) -> None:
    readers = {"dispatcher", "department", "township", "village"}
    for kind, allowed in (("text", readers | {"inspector"}), ("contact", readers)):
        name = put_text(vault, "张先生 13812342051", kind)
        for role in ROLES:
            if role in allowed:
                assert vault.read(name, role)
            else:
                with pytest.raises(RecordRefused, match="role"):
                    vault.read(name, role)


def test_numbers_of_people_are_masked_in_texts_and_a_contact_keeps_its_telephone(vault: Vault) -> None:
    told = "我是张三，138-1234-2051，身份证11010519900101205X，楼道有烟"
    kept = vault.read(put_text(vault, told), "dispatcher").decode()
    assert kept == "我是张三，138****2051，身份证110105********205X，楼道有烟"
    contact = vault.read(put_text(vault, told, "contact"), "dispatcher").decode()
    assert contact == "我是张三，138-1234-2051，身份证110105********205X，楼道有烟"


def test_masks_leave_what_is_no_number_of_a_person() -> None:
    assert mask_mobile("13812342051") == "138****2051"
    assert mask_identity("11010519900101205X") == "110105********205X"
    assert mask_text("１３８１２３４２０５１") == "138****2051"
    for plain in ("工单20260511000123", "12345热线", "电表9913812342051882", "6.5米"):
        assert mask_text(plain) == plain


def test_a_record_past_its_time_is_not_opened_and_purging_deletes_it(store: Store, key_file: Path) -> None:
    early = Vault(CaseRecords(store), Keys(key_file), clock=lambda: NOON)
    contact, text = put_text(early, "张先生 13812342051", "contact"), put_text(early, "灯坏了")
    for day, left, gone in ((179, [contact, text], 0), (180, [text], 1), (729, [text], 0), (730, [], 1)):
        later = NOON + timedelta(days=day)
        vault = Vault(CaseRecords(store), Keys(key_file), clock=lambda now=later: now)
        assert {row.record_id for row in vault.list("c1")} == set(left), day
        assert vault.purge() == gone, day
    with pytest.raises(RecordRefused, match="none"):
        early.read(text, "dispatcher")


def test_a_new_key_opens_old_records_and_after_relocking_the_old_key_may_go(
    store: Store, key_file: Path
) -> None:
    name = put_text(Vault(CaseRecords(store), Keys(key_file)), "灯坏了")
    assert renew_keys(key_file) == 2
    vault = Vault(CaseRecords(store), Keys(key_file))
    assert vault.read(name, "dispatcher").decode() == "灯坏了"
    newest = key_file.read_text().splitlines()[0]
    key_file.write_text(newest)
    with pytest.raises(RecordRefused, match="key"):
        Vault(CaseRecords(store), Keys(key_file)).read(name, "dispatcher")
    assert vault.relock("admin") == 1
    assert Vault(CaseRecords(store), Keys(key_file)).read(name, "dispatcher").decode() == "灯坏了"


def test_a_body_moved_to_another_record_in_the_database_is_not_opened(vault: Vault, store: Store) -> None:
    first, second = put_text(vault, "one"), put_text(vault, "two")
    mine = case_records.c.record_id
    with store.write() as connection:
        body = connection.scalar(select(case_records.c.body).where(mine == first))
        connection.execute(update(case_records).where(mine == second).values(body=body))
    with pytest.raises(RecordRefused, match="key"):
        vault.read(second, "dispatcher")


def test_a_key_file_that_others_may_read_is_refused_in_words(key_file: Path, tmp_path: Path) -> None:
    assert key_file.stat().st_mode & 0o777 == 0o600
    key_file.chmod(0o640)
    with pytest.raises(KeyFault, match="chmod 600"):
        read_keys(key_file)
    with pytest.raises(KeyFault, match="key make"):
        read_keys(tmp_path / "absent")
    short = tmp_path / "short"
    short.write_text("secret")
    short.chmod(0o600)
    with pytest.raises(KeyFault, match="32 characters"):
        read_keys(short)


def test_purposes_have_keys_of_their_own_and_making_again_changes_nothing(key_file: Path) -> None:
    keys = Keys(key_file)
    assert keys.secret("a") == Keys(key_file).secret("a") != keys.secret("b")
    before = key_file.read_text()
    make_keys(key_file)
    assert key_file.read_text() == before


def test_the_policy_names_three_kinds_and_a_wrong_role_in_it_is_found(tmp_path: Path) -> None:
    assert set(load_privacy()) == {"text", "photo", "contact"}
    wrong = tmp_path / "privacy.toml"
    wrong.write_text(
        "[kinds.text]\nretention_days=1\nlargest_bytes=9\nmedia_types=['text/plain']\nreaders=['mayor']\n"
    )
    with pytest.raises(ValueError, match="mayor"):
        load_privacy(wrong)


PLACE = b"GPS 31.2N 121.4E"


def jpeg(orientation: int = 1) -> bytes:
    """A JPEG's shape: APP0, EXIF with a turn and a place, a quantisation table, a scan."""
    entry = struct.pack("<HHIHH", 0x0112, 3, 1, orientation, 0)
    tiff = b"II*\0" + struct.pack("<IH", 8, 1) + entry + struct.pack("<I", 0) + PLACE
    told = b"Exif\0\0" + tiff
    parts = [
        (0xE0, b"JFIF\0"),
        (0xE1, told),
        (0xED, PLACE),
        (0xFE, PLACE),
        (0xDB, b"\0" * 65),
        (0xDA, b"\0" * 8),
    ]
    segments = [b"\xff" + bytes([mark]) + struct.pack(">H", len(body) + 2) + body for mark, body in parts]
    return b"\xff\xd8" + b"".join(segments) + b"pixels\xff\x00" + b"\xff\xd9" + b"after the end"


def png() -> bytes:
    parts = [(b"IHDR", b"\0" * 13), (b"eXIf", PLACE), (b"tEXt", PLACE), (b"IDAT", b"pixels"), (b"IEND", b"")]
    chunks = [struct.pack(">I", len(b)) + n + b + struct.pack(">I", zlib.crc32(n + b)) for n, b in parts]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks) + b"after the end"


def webp() -> bytes:
    parts = [(b"VP8X", b"\x0c" + b"\0" * 9), (b"VP8 ", b"pixels"), (b"EXIF", PLACE), (b"XMP ", PLACE)]
    chunks = b"".join(n + struct.pack("<I", len(b)) + b + b"\0" * (len(b) % 2) for n, b in parts)
    return b"RIFF" + struct.pack("<I", len(chunks) + 4) + b"WEBP" + chunks


@pytest.mark.parametrize("picture", [jpeg(), png(), webp()], ids=["jpeg", "png", "webp"])
def test_a_photo_loses_its_place_and_keeps_its_pixels(picture: bytes) -> None:
    kept = clean(picture)
    assert PLACE in picture and PLACE not in kept
    assert b"pixels" in kept and sniff(kept) == sniff(picture)
    assert b"after the end" not in kept
    assert clean(kept) == kept


def test_a_turned_photo_stays_turned() -> None:
    assert struct.pack(">HHIHH", 0x0112, 3, 1, 6, 0) in clean(jpeg(6))
    assert b"Exif" not in clean(jpeg(1))


def test_a_cut_photo_and_what_is_none_are_refused(vault: Vault) -> None:
    for picture in (jpeg(), png(), webp()):
        body = clean(picture)
        for cut in range(12, len(body)):
            with pytest.raises(BadPhoto):
                clean(body[:cut])
    for body in (b"<svg onload=alert(1)>", b"GIF89a", b"%PDF-1.7", b"MZ", b"\xff\xd8", b"x"):
        with pytest.raises(RecordRefused, match="photo"):
            vault.put("c1", "photo", "image/jpeg", body, "li")


def test_the_kind_of_a_photo_is_what_its_bytes_say_and_sizes_have_an_end(vault: Vault) -> None:
    name = vault.put("c1", "photo", "text/html", png(), "li")
    assert vault.find(name).media_type == "image/png"
    with pytest.raises(RecordRefused, match="size"):
        put_text(vault, "x" * 60_001)
    with pytest.raises(RecordRefused, match="kind"):
        put_text(vault, "x", "diary")
    with pytest.raises(RecordRefused, match="media_type"):
        vault.put("c1", "text", "text/html", b"<b>x</b>", "li")
    with pytest.raises(RecordRefused, match="text"):
        vault.put("c1", "text", "text/plain", b"\xff\xfe", "li")


def test_the_words_of_a_form_are_kept_apart_from_how_to_reach_its_person(vault: Vault) -> None:
    words = {
        "description": "灯坏了，请打13812342051",
        "first_name": "三",
        "phone": "13812342051",
        "email": "",
    }
    vault.put_words("c1", words, "app")
    kept = {row.kind: vault.read(row.record_id, "dispatcher").decode() for row in vault.list("c1")}
    assert kept == {
        "text": "description: 灯坏了，请打138****2051",
        "contact": "first_name: 三\nphone: 13812342051",
    }
