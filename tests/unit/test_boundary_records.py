"""Records of a workspace: entries are added and never changed, whoever writes and whoever is killed."""

import datetime as dt
import io
import sqlite3
import subprocess
import sys
import zipfile
from contextlib import closing
from pathlib import Path

import pytest
from PIL import Image

from demarcation.book import Book, Found, Patrol, Plan, Step, StepKind, Withdrawn
from demarcation.model import Inspection
from demarcation.photos import clean_copy
from demarcation.records import Records
from geo.errors import DataError, FileError, OutputError, RequestError
from layers.read import read_layer
from layers.workspace import open_workspace
from layers.workspace_edit import About, add_layer, new_workspace
from layers.workspace_export import export
from layers.workspace_import import import_workspace

DAY = dt.date(2026, 5, 1)
A, B = "990100", "990200"


def _seen(unit: str, state: str = "完好", stake: str = "9901003Q") -> Inspection:
    return Inspection("9901", stake, DAY, 5, unit, state, ("水塔",), ("孤石",), "备注")


def _damage(**other: object) -> Found:
    return Found(**{"kind": "damage", "line_code": "9901", "stake_no": "9901003Q", "day": DAY, "unit": B,
                    "units": (A, B), "managed_by": A, **other})  # fmt: skip


def test_what_is_entered_is_read_back(tmp_path: Path) -> None:
    records = Records.open(tmp_path)
    assert records.read() == Book()
    assert not records.file.exists(), "reading makes nothing"
    both = records.add_inspection(_seen(A), _seen(B, "损坏"), who="界线管理岗")
    records.add_patrol(Patrol("9901", "", DAY, "村级护桩岗", 90))
    records.add_plan(Plan("9901", 2026, 5, A, B))
    book = Records.open(tmp_path).read()
    assert book.inspections == (_seen(A), _seen(B, "损坏"))
    assert book.entries[:2] == both
    assert [entry.who for entry in both] == ["界线管理岗"] * 2
    assert (book.patrols[0].interval_days, book.plans[0].lead_unit) == (90, A)
    assert all(entry.when.tzinfo is not None for entry in book.entries)


def test_a_correction_is_a_new_entry_and_the_old_one_stays(tmp_path: Path) -> None:
    records = Records.open(tmp_path)
    records.add_inspection(_seen(A), _seen(B))
    records.correct(1, _seen(A, "损坏"))
    with pytest.raises(RequestError, match="3"):
        records.correct(1, _seen(A, "缺失"))
    records.correct(2, Withdrawn("写错桩号"))
    with pytest.raises(RequestError, match="99"):
        records.correct(99, _seen(A))
    with pytest.raises(RequestError):
        records.correct(3, Plan("9901", 2026, 5, A, B))
    book = records.read()
    assert [one.state for one in book.inspections] == ["损坏"]
    assert [entry.corrects for entry in records.history("9901003Q", "9901")] == [None, None, 1, 2]
    assert [book.stands(entry) for entry in book.entries] == [False, False, True, False]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE entry SET who = 'x'",
        "DELETE FROM entry",
        "INSERT OR REPLACE INTO entry SELECT number, kind, corrects, said, 'x', entered FROM entry",
        "REPLACE INTO entry (number, kind, said, who, entered) VALUES (1, 'plan', '{}', 'x', '')",
    ],
)
def test_the_file_itself_refuses_changes(tmp_path: Path, statement: str) -> None:
    records = Records.open(tmp_path)
    records.add_inspection(_seen(A))
    before = records.read()
    with closing(sqlite3.connect(records.file)) as base, pytest.raises(sqlite3.IntegrityError, match="append only"):
        base.execute(statement)
    assert records.read() == before


def test_an_event_takes_its_steps_in_order_and_both_sides_close_it(tmp_path: Path) -> None:
    records = Records.open(tmp_path)
    number = records.add_event(_damage()).number
    with pytest.raises(RequestError) as known:
        records.add_event(_damage())
    assert (known.value.code, known.value.facts["number"]) == ("event_known", number)

    def step(kind: StepKind, unit: str, day: int) -> None:
        records.advance_event(Step(number, kind, dt.date(2026, 5, day), unit))

    def state() -> str:
        return records.read().events[0].state

    for kind in ("repaired", "confirmed"):
        with pytest.raises(RequestError) as refused:
            step(kind, A, 2)
        assert "已函告" in refused.value.hint("zh")
    step("told", A, 2)
    with pytest.raises(RequestError, match=B):  # B does not repair what A looks after
        step("repaired", B, 9)
    with pytest.raises(RequestError, match="2026-05-02"):
        step("repaired", A, 1)
    step("repaired", A, 9)
    assert state() == "repaired"
    step("confirmed", A, 10)
    assert (state(), len(records.read().open_events)) == ("one_side", 1)
    for unit in (A, "990300"):  # not twice, and not by a third
        with pytest.raises(RequestError, match=unit):
            step("confirmed", unit, 11)
    step("confirmed", B, 11)
    assert (state(), records.read().open_events) == ("closed", ())
    with pytest.raises(RequestError):
        step("told", A, 12)
    with pytest.raises(RequestError):
        records.advance_event(Step(99, "told", DAY, A))
    assert len(records.history("9901003Q", "9901")) == 5
    # A confirmation that is withdrawn opens it again.
    records.correct(5, Withdrawn("乙方未到场"))
    assert state() == "one_side"


def test_a_flood_needs_no_repair(tmp_path: Path) -> None:
    records = Records.open(tmp_path)
    number = records.add_event(_damage(kind="flood", stake_no="")).number
    for kind, unit in (("told", B), ("confirmed", A), ("confirmed", B)):
        records.advance_event(Step(number, kind, DAY, unit))
    assert records.read().open_events == ()


@pytest.mark.parametrize(
    "said",
    [
        Inspection("", "9901003Q", DAY),
        Inspection("9901", "", DAY, 0),
        Inspection("9901", "9901003Q", DAY, km_done=3.0),
        Inspection("9901", "", DAY, km_done=float("nan")),
        Inspection("9901", "", "yesterday"),
        Inspection("9901", "", DAY, note="长" * 20_000),
        Inspection("9901", "", DAY, note="\udc80"),
    ],
)
def test_what_cannot_be_is_not_entered_nor_what_came_with_it(tmp_path: Path, said: Inspection) -> None:
    records = Records.open(tmp_path)
    with pytest.raises(RequestError):
        records.add_inspection(_seen(A), said)
    assert records.read().entries == ()


def test_a_number_of_an_identity_card_is_not_entered(tmp_path: Path) -> None:
    records = Records.open(tmp_path)
    with pytest.raises(RequestError, match="身份证号"):
        records.add_inspection(Inspection("9901", "", DAY, note="联系人110101199003074514。"))
    records.add_inspection(Inspection("9901", "", DAY, note="文号 99010020260630123456,统一代码 91990100MA1K2B3C4D"))


@pytest.mark.parametrize("other", [{"units": (A, A)}, {"unit": "990300"}, {"kind": "quake"}, {"unit": ""}])
def test_an_event_is_of_two_sides_and_a_known_kind(tmp_path: Path, other: dict[str, object]) -> None:
    with pytest.raises(RequestError):
        Records.open(tmp_path).add_event(_damage(**other))


def test_a_file_of_a_newer_program_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    records = Records.open(tmp_path)
    records.add_inspection(_seen(A))
    with closing(sqlite3.connect(records.file)) as base:
        base.execute("PRAGMA user_version = 2")
    before = records.file.read_bytes()
    for refused in (records.read, lambda: Records.open(tmp_path), lambda: records.add_inspection(_seen(B))):
        with pytest.raises(DataError, match="较新版本"):
            refused()
    assert records.file.read_bytes() == before


def test_a_file_that_is_damaged_or_another_programs(tmp_path: Path) -> None:
    records = Records.open(tmp_path)
    records.file.write_bytes(b"SQLite format 3\0" + b"\xff" * 5000)
    with pytest.raises(FileError):
        records.read()
    records.file.unlink()
    with closing(sqlite3.connect(records.file)) as base:
        base.execute("CREATE TABLE theirs (a)")
    for refused in (records.read, lambda: records.add_inspection(_seen(A))):
        with pytest.raises(DataError, match=r"records\.sqlite"):
            refused()
    records.file.unlink()
    records.add_inspection(_seen(A))
    with closing(sqlite3.connect(records.file)) as base, base:
        base.execute("INSERT INTO entry (kind, said, who, entered) VALUES ('inspection', '{\"day\": 1', 'x', '')")
    with pytest.raises(FileError, match="entry 2"):
        records.read()


def test_reading_goes_on_while_another_writes_and_sees_nothing_of_it(tmp_path: Path) -> None:
    records = Records.open(tmp_path)
    records.add_inspection(_seen(A))
    with closing(sqlite3.connect(records.file, isolation_level=None)) as base:
        base.execute("BEGIN IMMEDIATE")
        base.execute("INSERT INTO entry (kind, said, who, entered) VALUES ('inspection', '{', 'x', '')")
        assert len(records.read().entries) == 1
        base.execute("ROLLBACK")


def test_who_waits_too_long_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    records = Records.open(tmp_path)
    records.add_inspection(_seen(A))
    monkeypatch.setattr("demarcation.records._WAIT_S", 0.05)
    with closing(sqlite3.connect(records.file, isolation_level=None)) as base:
        base.execute("BEGIN IMMEDIATE")
        with pytest.raises(OutputError):
            records.add_inspection(_seen(B))


# ---- photos ---------------------------------------------------------------------------------------------------------


def _jpeg() -> bytes:
    """Twice as wide as high, to be turned by a quarter, with a place and a camera."""
    picture = Image.new("RGB", (40, 20), "red")
    exif = picture.getexif()
    exif[0x0112], exif[0x010F] = 6, "CAMERA OF SOMEBODY"
    exif.get_ifd(0x8825)[2] = (30.0, 30.0, 30.0)
    out = io.BytesIO()
    picture.save(out, "JPEG", exif=exif, comment=b"CAMERA OF SOMEBODY")
    return out.getvalue()


def test_a_photo_stays_as_it_is_inside_and_leaves_bare_and_upright(tmp_path: Path) -> None:
    records, data = Records.open(tmp_path), _jpeg()
    photo = records.add_photo("C:\\现场\\石.jpg", data)
    assert photo.name == "石.jpg"
    assert [file.read_bytes() for file in (tmp_path / "photos").iterdir()] == [data]
    left = clean_copy(tmp_path, photo)
    picture = Image.open(io.BytesIO(left))
    assert b"CAMERA" in data
    assert b"CAMERA" not in left
    assert (picture.size, dict(picture.getexif())) == ((20, 40), {})
    (tmp_path / "photos" / f"{photo.sha256}.jpg").write_bytes(data + b"x")
    with pytest.raises(FileError):
        clean_copy(tmp_path, photo)


def test_what_is_no_photo_or_a_huge_one_is_refused(tmp_path: Path) -> None:
    records = Records.open(tmp_path)
    gif, bomb = io.BytesIO(), io.BytesIO()
    Image.new("RGB", (4, 4)).save(gif, "GIF")
    Image.new("1", (9000, 9000)).save(bomb, "PNG")
    assert len(bomb.getvalue()) < 50_000
    for data in (b"", b"\xff\xd8\xff", _jpeg()[:300], gif.getvalue(), bomb.getvalue(), b"x" * (25 * 2**20 + 1)):
        with pytest.raises(DataError):
            records.add_photo("a.jpg", data)
    assert not (tmp_path / "photos").exists()


# ---- packages -------------------------------------------------------------------------------------------------------


def test_packages_leave_records_and_photos_behind_and_say_so(tmp_path: Path, root: Path) -> None:
    lines = read_layer(root / "data/demo/layers/lines.parquet", "lines")
    workspace = add_layer(new_workspace(tmp_path / "w", "试点"), lines, About())
    out = tmp_path / "out.zip"
    assert "records_stay" not in [finding.code for finding in export(workspace, out).findings]
    records = Records.open(workspace.path)
    records.add_inspection(Inspection("9901", "9901003Q", DAY, photos=(records.add_photo("a.jpg", _jpeg()),)))
    done = export(open_workspace(workspace.path), out)
    assert "records_stay" in [finding.code for finding in done.findings]
    with zipfile.ZipFile(out, "a") as archive:
        assert not [name for name in archive.namelist() if "records" in name or "photos" in name]
        archive.write(records.file, "records.sqlite")
    made = import_workspace(out, tmp_path / "in")
    assert not (made.path / "records.sqlite").exists(), "nor is one taken in that somebody put into a package"


# ---- two at once, and one killed ------------------------------------------------------------------------------------

_WRITERS = '''
import datetime as dt, os, random, signal, sys, time
from pathlib import Path
from demarcation.model import Inspection
from demarcation.records import Records
import demarcation.records as module

def pair(writer, number):
    return [Inspection("9901", f"{writer}-{number}", dt.date(2026, 5, 1), 5, unit, "完好", note="x" * 4000)
            for unit in ("A", "B")]

def write(writer, count, die_at=None):
    """Enter pairs; each that came back is told on stdout, in one piece."""
    records = Records.open(Path(sys.argv[1]))
    if die_at is not None:
        insert, left = module._insert, [die_at]
        def dying(*args, **kwargs):
            entry = insert(*args, **kwargs)
            left[0] -= 1
            if left[0] == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return entry
        module._insert = dying
    for number in range(count):
        records.add_inspection(*pair(writer, number))
        os.write(1, f"{writer}-{number}\\n".encode())

def start(*args):
    child = os.fork()
    if child == 0:
        try:
            write(*args)
        finally:
            os._exit(0)
    return child

random.seed(7)
steady = [start(f"steady{n}", 60) for n in range(2)]
for round in range(50):
    # Half die inside a transaction, after the first or the second entry of a pair; half at any moment.
    inside = round % 2 == 0
    child = start(f"killed{round}", 1000, random.randint(1, 4) if inside else None)
    if not inside:
        time.sleep(random.uniform(0.0, 0.03))
        os.kill(child, signal.SIGKILL)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
for child in steady:
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
'''


@pytest.mark.skipif(sys.platform == "win32", reason="no fork and no SIGKILL on Windows")
def test_two_write_at_once_and_fifty_are_killed_no_entry_is_lost_and_none_is_half_there(
    tmp_path: Path, root: Path
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _WRITERS, str(tmp_path)], cwd=root, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    told = done.stdout.split()
    book = Records.open(tmp_path).read()
    sides: dict[str, list[str]] = {}
    for one in book.inspections:
        assert len(one.note) == 4000
        sides.setdefault(one.stake_no, []).append(one.unit)
    assert all(units == ["A", "B"] for units in sides.values()), "half a pair is there"
    assert set(told) <= set(sides), "an entry was lost that its writer was told of"
    steady = {f"steady{n}-{k}" for n in range(2) for k in range(60)}
    assert {name for name in sides if name.startswith("steady")} == steady
    # Who was killed between writing and telling leaves one pair more, no more than that.
    untold = [name.split("-")[0] for name in set(sides) - set(told)]
    assert len(untold) == len(set(untold))
    # The next writer undoes what the last one who was killed had begun.
    Records.open(tmp_path).add_inspection(_seen(A))
    assert [file.name for file in tmp_path.iterdir()] == ["records.sqlite"]
    with closing(sqlite3.connect(tmp_path / "records.sqlite")) as base:
        assert base.execute("PRAGMA integrity_check").fetchone() == ("ok",)
