"""Line ends: the files of the repository have the same bytes wherever they are checked out."""

import hashlib
import subprocess

from enclave.base import paths

# as it was delivered, with the line ends of Windows
PUBLISHED = "162b1cf6d1e1ce8fc2c46ad6e844aed46711d8e20af411d9082894b8b8c5c696"


def git(*arguments, folder=paths.ROOT):
    ran = subprocess.run(["git", *arguments], cwd=folder, capture_output=True, text=True, check=True, encoding="utf-8")
    return ran.stdout


def line_ends():
    """Of each tracked file: line ends in the index, attributes, name."""
    rows = [row.partition("\t") for row in git("ls-files", "--eol", "-z").split("\0") if row]
    return [(kinds.split()[0], kinds.split("attr/")[1].strip(), name) for kinds, _, name in rows]


def test_every_text_file_but_one_is_kept_and_checked_out_with_plain_line_ends():
    other = [name for kept, attributes, name in line_ends() if "eol=lf" not in attributes and kept != "i/-text"]
    assert other == ["data/published/published.csv"]
    kept_plain = ("i/lf", "i/none")
    mixed = [name for kept, attributes, name in line_ends() if "eol=lf" in attributes and kept not in kept_plain]
    assert mixed == []


def test_a_checkout_with_the_settings_of_windows_has_the_bytes_of_the_index(tmp_path):
    git("-c", "core.autocrlf=true", "-c", "core.eol=crlf", "checkout-index", "--all", f"--prefix={tmp_path}/")
    tracked = [name for name in git("ls-files", "-z").split("\0") if name]
    told = git("ls-files", "--stage", "-z").split("\0")
    blobs = {row.partition("\t")[2]: row.split()[1] for row in told if row}
    assert len(tracked) > 300
    assert {name: blob((tmp_path / name).read_bytes()) for name in tracked} == blobs


def blob(data):
    """The name that git gives to a file with these bytes."""
    return hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()


def test_the_printed_numbers_keep_the_bytes_in_which_they_came():
    assert hashlib.sha256((paths.PUBLISHED / "published.csv").read_bytes()).hexdigest() == PUBLISHED
