import json
import zipfile

import handed_in
import pytest

from enclave.base.errors import EnclaveError, InputError
from enclave_course import lecturer, submissions

NOTEBOOK = handed_in.notebook(["answer_1_1 = 1"])


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "submissions"


def put(folder, place, data=NOTEBOOK):
    file = folder / place
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(data)
    return file


def pack(folder, name, members):
    folder.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(folder / name, "w", zipfile.ZIP_DEFLATED) as archive:
        for member, data in members.items():
            archive.writestr(member, data)


def only(folder, names=None):
    (one,) = submissions.read(folder, names)
    return one


def test_folders_archives_and_single_notebooks_are_read(folder):
    for student, place in {"A": "A/problem_set_1.ipynb", "B": "B.ipynb"}.items():
        put(folder, place, handed_in.notebook(["answer_1_1 = 1"], student=student))
    pack(folder, "C.zip", {"C/work/problem_set_1.ipynb": handed_in.notebook(["answer_1_1 = 1"], student="C")})
    read = submissions.read(folder)
    assert [(one.student, one.number, one.fault) for one in read] == [(name, "1", "") for name in "ABC"]
    assert all(one.cells[-1] == "answer_1_1 = 1" for one in read)


def test_a_folder_without_a_notebook_is_a_fault_of_that_student_alone(folder):
    put(folder, "A/answers.docx", b"text")
    put(folder, "Li Wei/problem_set_1.ipynb")
    faults = {one.student: one.fault for one in submissions.read(folder)}
    assert faults == {"A": "There is no notebook. Hand in the file that ends with .ipynb.", "Li Wei": ""}


def test_another_kernel_is_named_and_not_run(folder):
    put(folder, "A/problem_set_1.ipynb", handed_in.notebook([], kernelspec={"language": "R", "name": "ir"}))
    assert only(folder).fault.startswith("Its kernel is r, and tasks are marked in Python.")


def test_absolute_paths_to_files_that_were_handed_out_become_their_names():
    cells = [
        "pd.read_csv('C:\\\\Users\\\\wei\\\\links.csv')",
        'pd.read_csv(r"D:\\course\\pairs.csv")',
        'pd.read_csv("/srv/wei/links.csv", sep=",")',
        "pd.read_csv('../data/links.csv')",
        "pd.read_csv('/srv/wei/mylinks.csv')",
        "pd.read_csv('links.csv')",
    ]
    changed, had_paths = submissions.with_names_of_files(cells, ["links.csv", "pairs.csv"])
    names = ["links.csv", "pairs.csv", "links.csv", "links.csv"]
    assert [cell.partition("(")[2].split(",")[0].rstrip(")") for cell in changed[:4]] == [repr(name) for name in names]
    assert changed[4:] == cells[4:]
    assert had_paths
    assert submissions.with_names_of_files(cells[4:], ["links.csv"]) == (cells[4:], False)


def test_a_notebook_in_gbk_is_read_and_the_student_is_told(folder):
    text = handed_in.notebook(["answer_1_6 = '零和缺失值不同'"]).decode()
    whole = json.dumps(json.loads(text), ensure_ascii=False)
    put(folder, "A/problem_set_1.ipynb", whole.encode("gbk"))
    one = only(folder)
    assert one.cells[-1] == "answer_1_6 = '零和缺失值不同'"
    assert any("GBK" in note for note in one.notes)


def test_marks_of_a_merge_are_found_in_the_file_and_in_a_cell(folder):
    lines = NOTEBOOK.decode().replace(', "metadata"', '\n<<<<<<< HEAD\n, "metadata"', 1)
    put(folder, "A/problem_set_1.ipynb", lines.encode())
    put(folder, "B/problem_set_1.ipynb", handed_in.notebook(["x = 1\n=======\nx = 2\n>>>>>>> b"], student="B"))
    file, cell = submissions.read(folder)
    assert "marks of a merge in line 2" in file.fault
    assert "code cell 2 has marks of a merge" in cell.fault


def test_a_notebook_of_200_megabytes_is_not_loaded(folder):
    file = put(folder, "A/problem_set_1.ipynb")
    with file.open("r+b") as opened:
        opened.truncate(200 * 1024 * 1024)
    pack(folder, "B.zip", {"problem_set_1.ipynb": b" " * (21 * 1024 * 1024)})
    assert [one.fault for one in submissions.read(folder)] == [submissions.LARGE, submissions.LARGE]


def test_two_submissions_of_one_name_are_both_named_and_none_is_marked(folder):
    put(folder, "Li Wei/problem_set_1.ipynb")
    put(folder, "li_wei (1)/problem_set_1.ipynb")
    faults = [one.fault for one in submissions.read(folder)]
    places = "Li Wei/problem_set_1.ipynb, li_wei (1)/problem_set_1.ipynb"
    assert faults == [f"There are 2 submissions of this name: {places}. Keep one."] * 2


def test_a_folder_that_is_an_archive_is_read_whatever_its_name_ends_with(folder):
    pack(folder, "Li Wei", {"problem_set_1.ipynb": NOTEBOOK, "__MACOSX/._problem_set_1.ipynb": b"junk"})
    assert (only(folder).number, only(folder).fault) == ("1", "")


def test_a_broken_archive_is_a_fault_of_that_student(folder):
    put(folder, "A.zip", b"PK\x03\x04 cut off")
    assert only(folder).fault.startswith("The archive cannot be read")


def test_an_archive_that_claims_a_small_size_is_not_unpacked_without_a_limit(folder):
    """A member of zeros: a thousand times as large as its archive."""
    pack(folder, "A.zip", {"problem_set_1.ipynb": bytes(submissions.MOST_BYTES + 5)})
    assert (folder / "A.zip").stat().st_size < 100_000
    assert only(folder).fault == submissions.LARGE


def test_a_link_is_not_followed(folder, tmp_path):
    put(folder, "A/notes.txt")
    (folder / "A" / "problem_set_1.ipynb").symlink_to(put(tmp_path, "elsewhere.ipynb"))
    assert only(folder).fault.startswith("There is no notebook")


def test_text_that_is_no_notebook_is_said_to_be_none(folder):
    for name, data in {"A": b"answer = 1", "B": b"[1, 2]", "C": b"[" * 100_000, "D": b'{"cells": [{}]}'}.items():
        put(folder, f"{name}/problem_set_1.ipynb", data)
    assert {one.fault for one in submissions.read(folder)} == {
        "The file is no notebook. Open it, save it, hand it in again."
    }


def test_the_problem_set_is_known_from_the_notebook_or_from_its_name(folder):
    bare = json.loads(NOTEBOOK)
    bare["metadata"] = {}
    put(folder, "A/mine.ipynb", json.dumps(bare).encode())
    bare["cells"] = bare["cells"][1:]
    put(folder, "B/Problem_Set_1 (2).ipynb", json.dumps(bare).encode())
    put(folder, "C/mine.ipynb", json.dumps(bare).encode())
    found = [(one.student, one.number, one.fault[:12]) for one in submissions.read(folder)]
    assert found == [("A", "1", ""), ("B", "1", ""), ("C", "", "Nothing says")]


def test_a_notebook_of_another_student_is_marked_with_its_own_data_and_this_is_said(folder):
    put(folder, "Zhao/problem_set_1.ipynb")
    one = only(folder)
    assert one.student == "Li Wei"
    assert one.notes == ["The notebook was handed out to Li Wei; it was handed in as Zhao."]


def test_a_name_that_is_not_in_the_class_list_is_said_with_the_nearest_one(folder):
    put(folder, "A/problem_set_1.ipynb", handed_in.notebook([], student="Li Wie"))
    one = only(folder, ["Li Wei", "Zhao"])
    assert "The name Li Wie is not in the class list. Is it Li Wei?" in one.notes


def test_a_missing_or_empty_folder_is_an_error_with_a_remedy(folder):
    with pytest.raises(EnclaveError, match="SUBMISSIONS=folder"):
        submissions.read(folder)
    folder.mkdir()
    with pytest.raises(EnclaveError, match="is empty"):
        submissions.read(folder)


def test_a_class_list_names_the_row_of_its_fault(tmp_path):
    file = tmp_path / "class.csv"
    file.write_bytes("name,number\n王芳,1\nLi Wei,2\n".encode("gb18030"))
    assert lecturer.names(file) == ["王芳", "Li Wei"]
    file.write_text("name\nLi Wei\nli_wei\n", encoding="utf-8")
    with pytest.raises(InputError, match=r'column "name", data row 2: has the name of row 1 again'):
        lecturer.names(file)
    file.write_text("student\nLi\n", encoding="utf-8")
    with pytest.raises(InputError, match="has no names"):
        lecturer.names(file)
    with pytest.raises(InputError, match="is missing"):
        lecturer.names(tmp_path / "none.csv")


def test_a_key_is_drawn_once_and_only_its_owner_can_read_it(tmp_path, capsys):
    file = tmp_path / "key.txt"
    with pytest.raises(EnclaveError, match="There is no key"):
        lecturer.key(file)
    made = lecturer.key(file, make=True)
    assert lecturer.key(file, make=True) == lecturer.key(file) == made
    assert len(made) >= 32
    assert file.stat().st_mode & 0o077 == 0
    assert capsys.readouterr().out.count("a new key") == 1
    file.write_text("short\n", encoding="utf-8")
    with pytest.raises(EnclaveError, match="16 letters or more"):
        lecturer.key(file)
