"""Packed text: what is damaged, not alone in its archive, or locked is refused, and nothing of it is taken over."""

import pytest
import samples

CONTENT = samples.csv_text(samples.FIRMS).encode()


def refused(folder, ending, content) -> samples.InputError:
    (folder / f"firms{ending}").write_bytes(content)
    fault = samples.refusal("firms", folder)
    assert fault.file == f"firms{ending}"
    return fault


def noisy() -> bytes:
    """A table of some size that packs badly, so that a damaged byte lies inside the packed text."""
    lines = [f"F{i},甲{i * 7919 % 10007}公司,广东省,广州市,2004-05-06,I{i * 31 % 997}" for i in range(20_000)]
    return "\n".join(["firm_id,name,province,city,established,industry_id", *lines]).encode()


@pytest.mark.parametrize("kind", ["gz", "bz2", "xz"])
def test_a_damaged_byte_in_the_middle_is_noticed(kind, tmp_path):
    content = bytearray(samples.PACKERS[kind](noisy()))
    content[len(content) // 2] ^= 0xFF
    assert "damaged" in refused(tmp_path, f".csv.{kind}", content).problem


def test_a_damaged_byte_in_an_archive_is_noticed(tmp_path):
    content = bytearray(samples.archive(table__csv=noisy()))
    content[len(content) // 2] ^= 0xFF
    assert "damaged" in refused(tmp_path, ".zip", content).problem


@pytest.mark.parametrize("ending", [".zip", ".xlsx"])
def test_an_archive_or_workbook_that_lost_its_first_half_is_refused(ending, tmp_path):
    samples.write("firms", tmp_path, ending.removeprefix("."))
    content = (tmp_path / f"firms{ending}").read_bytes()
    assert "damaged" in refused(tmp_path, ending, content[len(content) // 2 :]).problem


@pytest.mark.parametrize("kind", samples.PACKERS)
def test_a_file_cut_in_its_middle_is_no_shorter_table(kind, tmp_path):
    content = samples.PACKERS[kind](noisy())
    assert "truncated" in refused(tmp_path, f".csv.{kind}", content[: len(content) // 2]).problem


@pytest.mark.parametrize("kind", samples.PACKERS)
def test_two_packed_streams_in_one_file_are_read_as_one_text(kind, tmp_path):
    half = CONTENT.index(b"\n") + 1
    pack = samples.PACKERS[kind]
    (tmp_path / f"firms.csv.{kind}").write_bytes(pack(CONTENT[:half]) + pack(CONTENT[half:]))
    assert samples.read_table("firms", tmp_path)["firm_id"].tolist() == ["F1", "F2", "F2", "F3"]


def test_an_archive_of_two_texts_is_no_table(tmp_path):
    fault = refused(tmp_path, ".zip", samples.archive(a__csv=CONTENT, b__csv=CONTENT))
    assert "an archive of 2 files" in fault.problem
    assert "Extract the archive" in fault.remedy


@pytest.mark.parametrize("members", [{}, {"firms__xlsx": CONTENT}])
def test_an_archive_without_a_text_is_no_table(members, tmp_path):
    assert f"an archive of {len(members)} files" in refused(tmp_path, ".zip", samples.archive(**members)).problem


def test_what_a_system_adds_to_an_archive_is_no_member(tmp_path):
    added = {"__MACOSX/._firms.csv": b"x", "folder/.DS_Store": b"x"}
    (tmp_path / "firms.zip").write_bytes(samples.archive(firms__csv=CONTENT))
    with samples.zipfile.ZipFile(tmp_path / "firms.zip", "a") as archive:
        for name, content in added.items():
            archive.writestr(name, content)
    assert len(samples.read_table("firms", tmp_path)) == 4


def test_an_archive_with_a_password_is_told(tmp_path):
    content = bytearray(samples.archive(firms__csv=CONTENT))
    for header, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(header) + flags] |= 1
    assert refused(tmp_path, ".zip", content).problem == "is locked with a password"


@pytest.mark.parametrize("kind", samples.PACKERS)
def test_packed_text_may_be_gb18030_and_is_located_by_its_bytes(kind, tmp_path):
    text = samples.csv_text(samples.FIRMS).encode("gb18030")
    pack = samples.PACKERS[kind]
    (tmp_path / f"firms.csv.{kind}").write_bytes(pack(text))
    assert samples.read_table("firms", tmp_path)["city"].iloc[1] == "清远市"
    fault = refused(tmp_path, f".csv.{kind}", pack(text + b"\xff"))
    assert f"byte {len(text) + 1} cannot be read as GB18030" in fault.problem
