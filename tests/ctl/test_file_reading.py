"""Files of documents as strangers write them: read as they are meant, or refused in words, whatever they hold."""

import os
from pathlib import Path

import pytest

from flagsvc.ctl.failure import Failure
from flagsvc.ctl.files.exporting import yaml_of
from flagsvc.ctl.files.reading import Document, read

HEAD = "apiVersion: flagsvc/v1\n"


def reading(folder: Path, text: str, name: str = "file.yaml") -> list[Document]:
    (folder / name).write_text(text)
    return read([str(folder)])


@pytest.mark.parametrize("text", ["%YAML 1.3\n---\n", "b: &a {<<: *a}\n", "b: !!bool x\n", "b: !!timestamp x\n"])
def test_what_the_parser_trips_over_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(Failure, match=r"file\.yaml: "):
        reading(tmp_path, text + HEAD)


def test_a_member_that_was_merged_in_has_the_place_of_the_mapping(tmp_path: Path) -> None:
    (document,) = reading(tmp_path, HEAD + "a: &a {x: 1}\nb:\n  <<: *a\n  y: 2\n")

    assert document.content["b"] == {"x": 1, "y": 2}
    assert document.place("/b/x").endswith("file.yaml:3:1")


def test_json_that_says_a_member_twice_is_refused_as_yaml_is(tmp_path: Path) -> None:
    with pytest.raises(Failure, match="'a' is there twice"):
        reading(tmp_path, '{"apiVersion": "flagsvc/v1", "spec": {"a": 1, "a": 2}}', "file.json")


def test_a_byte_order_mark_is_no_part_of_a_text(tmp_path: Path) -> None:
    assert [each.content for each in reading(tmp_path, '\ufeff{"apiVersion": "flagsvc/v1"}', "file.json")]


def test_a_folder_that_cannot_be_read_is_not_taken_for_empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "below").mkdir()
    scan = os.scandir

    def refusing(path: str) -> object:
        if str(path).endswith("below"):
            raise PermissionError(13, "Permission denied", path)
        return scan(path)

    monkeypatch.setattr(os, "scandir", refusing)

    with pytest.raises(Failure, match=r"below.*Permission denied|Permission denied.*below"):
        reading(tmp_path, HEAD)


def test_a_link_to_a_folder_is_told_since_it_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "team").symlink_to(tmp_path)

    with pytest.raises(Failure, match="team: a link to a folder"):
        reading(tmp_path, HEAD)


def test_what_is_no_file_is_not_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.yaml")
    with pytest.raises(Failure, match=r"pipe\.yaml: no file"):
        reading(tmp_path, HEAD)

    (tmp_path / "pipe.yaml").unlink()
    (tmp_path / "pipe.yaml").symlink_to("/dev/zero")
    with pytest.raises(Failure, match=r"pipe\.yaml: no file"):
        reading(tmp_path, HEAD)


def test_links_as_those_of_a_mounted_config_map_are_read(tmp_path: Path) -> None:
    (tmp_path / "..2031").mkdir()
    (tmp_path / "..2031" / "file.yaml").write_text(HEAD)
    (tmp_path / "..data").symlink_to("..2031")
    (tmp_path / "file.yaml").symlink_to("..data/file.yaml")

    assert [each.file for each in read([str(tmp_path)])] == [str(tmp_path / "file.yaml")]


@pytest.mark.parametrize(
    "text", ["on", "null", "1e3", "2026-01-01", "1:30", "", "\x85", "a\u2028b", "\ufeff", "a\n\nb\n"]
)
def test_a_text_that_is_exported_is_read_as_it_was(tmp_path: Path, text: str) -> None:
    content = {"apiVersion": "flagsvc/v1", "spec": {text: text, "list": [text]}}

    assert [each.content for each in reading(tmp_path, yaml_of(content))] == [content]
