"""Loading: a study file in, a checked `Study` out, or all that is wrong with the file at once."""

from __future__ import annotations

import contextlib
import gc
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from mcarbon.arguments import checked
from mcarbon.errors import Fault, UserError, allowed_names
from mcarbon.families.sound import remember
from mcarbon.frozen import frozen
from mcarbon.reading.checks import check_tables
from mcarbon.reading.correlations import groups_of
from mcarbon.reading.faults import MAX_FAULTS, Keys
from mcarbon.reading.files import PACKAGE, read_text
from mcarbon.reading.library import Library, read_priors
from mcarbon.reading.lines import Lines, lines, located
from mcarbon.reading.model import check_model
from mcarbon.reading.records import validate
from mcarbon.reading.resolve import Resolver
from mcarbon.reading.toml import control_characters, read_toml
from mcarbon.study import NAME, Study, StudyFile

_PARTS = ("references", "dimensions", "choices", "cases", "inputs", "quantities", "claims")


def studies() -> list[str]:
    """The ids of the built-in studies."""
    return sorted(path.stem for path in (PACKAGE / "studies").glob("*.toml"))


@checked
def load_study(path_or_id: str | os.PathLike[str]) -> Study:
    """The study of a file, or the built-in one of this id.

    UserError, with every fault of the file, where it cannot be loaded.
    """
    text = os.fspath(path_or_id)
    if isinstance(path_or_id, str) and text in studies():
        path = PACKAGE / "studies" / f"{text}.toml"
    else:
        path = Path(text)
        if isinstance(path_or_id, str) and not path.suffix and path.name == text and not (text and path.exists()):
            file = Path(f"{text}.toml")
            allowed = f"Did you mean the file {file}?" if file.exists() else allowed_names(text, studies())
            raise UserError(Fault(what=f"there is no study `{text}`", allowed=allowed))
    return _checked(read_text(path), str(path), path)


@checked
def parse_study(text: str, name: str = "<string>") -> Study:
    """The study of a TOML text; `name` is what messages call it. Named priors are the built-in ones.

    UserError, with every fault of the text, where it cannot be loaded.
    """
    return _checked(text, name, None)


def check_files(paths: Iterable[str | os.PathLike[str]]) -> list[Fault]:
    """All that is wrong with study files, files of priors, and folders of them."""
    faults: list[Fault] = []
    for path in map(Path, paths):
        try:
            files = sorted(each for each in path.iterdir() if each.suffix == ".toml") if path.is_dir() else [path]
            if not files:
                faults.append(Fault(what="there is no TOML file in this folder", file=str(path)))
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) and error.strerror else error
            faults.append(Fault(what=f"this cannot be read: {reason}", file=str(path)))
            continue
        for file in files:
            try:
                faults += _check_file(file)
            except UserError as error:
                faults += error.faults
    return faults


def _check_file(path: Path) -> list[Fault]:
    text = read_text(path)
    data, found = read_toml(text)
    study = {"format", "id", "inputs", "quantities"} & set(data)
    if data and not study and all(isinstance(table, dict) for table in data.values()):
        return _check_priors(path)
    return _checked_data(text, data, found, str(path), path)[1]


def _check_priors(path: Path) -> list[Fault]:
    file = read_priors(path)
    faults = [fault for some in file.faults.values() for fault in some]
    resolver = Resolver(Library(path.parent.parent if path.parent.name == "priors" else None))
    for name in file.priors:
        try:
            resolver.from_file(file, name, f"{path.stem}.{name}")
        except UserError as error:
            faults += error.faults
    return list(dict.fromkeys(faults))


def _checked(text: str, name: str, path: Path | None) -> Study:
    study, faults = _study(text, name, path)
    if study is None or faults:
        raise UserError(*faults)
    return study


def _study(text: str, name: str, path: Path | None) -> tuple[Study | None, list[Fault]]:
    text = text.removeprefix("\ufeff").replace("\r\n", "\n")
    with _nothing_collected():
        return _checked_data(text, *read_toml(text), name, path)


def _checked_data(
    text: str, data: dict[str, Any], faults: list[Fault], name: str, path: Path | None
) -> tuple[Study | None, list[Fault]]:
    """The study of a text that has been read as this data with these faults, or its faults with their lines."""
    study = None
    if not faults:
        study, faults = check_data(data, path)
    if faults:
        numbers = lines(text) if data else Lines()
        faults = [fault if fault.file else located(fault, numbers, name) for fault in dict.fromkeys(faults)]
        faults.sort(key=lambda fault: (fault.file != name, fault.line or 0))
        return None, _told(faults, name)
    return study, []


@contextlib.contextmanager
def _nothing_collected() -> Iterator[None]:
    """No search for garbage: nearly all that loading makes is kept, and looking through it again and again took a third of
    the time of a large study."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def study_of(data: Mapping[str, Any], path: Path | None = None) -> Study:
    """The study of plain data; see `check_data`. UserError, with every fault, where it is none."""
    faults = control_characters(data)
    study, faults = (None, faults) if faults else check_data(data, path)
    if study is None:
        raise UserError(*_told(list(dict.fromkeys(faults)), None))
    return study


def _told(faults: list[Fault], name: str | None) -> list[Fault]:
    if len(faults) <= MAX_FAULTS:
        return faults
    return [*faults[:MAX_FAULTS], Fault(what="and more faults", file=name)]


def check_data(data: Mapping[str, Any], path: Path | None = None) -> tuple[Study | None, list[Fault]]:
    """The study of a file's data, or all its faults (without file and line).

    `path` is the file that it comes from: named priors and works are looked up beside it.
    """
    data = _with_few_faults(data)
    record, wrong = validate(StudyFile, data)
    faults = [fault for _, fault in wrong]
    written = data.get("format")
    if written == 1 and type(written) is not int:  # true and 1.0 equal 1 to Python
        faults.append(Fault(what=f"{str(written).lower()} is not allowed here", place="format", allowed="Allowed: 1."))
    broken: set[tuple[str, str]] = set()
    if record is None:
        # The tables that cannot be read are left out, so that the others are checked all the same.
        record, broken = _without(data, [at for at, _ in wrong])
    if record is None:
        return None, faults
    tables = check_tables(record, broken, None if path is None else path.parent)
    faults += tables.faults
    if len(tables.faults) > MAX_FAULTS:
        return None, faults
    inputs = dict(record.inputs)
    for (_, name, *key, _), prior in tables.written_out.items():
        inputs[name] = inputs[name].with_prior(key[1:], prior)
    study = Study.model_construct(
        **{**{field: getattr(record, field) for field in StudyFile.model_fields}, "inputs": frozen(inputs)},
        library=frozen(tables.priors),
        library_units=frozen(sorted(tables.library_units)),
        origin=None if path is None else str(path),
    )
    study._check, study._named = study_of, tables.named
    model, model_faults = check_model(study, tables.unreadable)
    faults += model_faults
    if not faults:
        faults += groups_of(study)[1]
    if faults or model is None:
        return None, faults
    remember()
    return study, []


def _with_few_faults(data: Mapping[str, Any]) -> Mapping[str, Any]:
    """The data without what would be one of too many faults to tell: unknown tables, and items that are no tables."""
    unknown = set([key for key in data if key not in StudyFile.model_fields][MAX_FAULTS:])
    found = {key: value for key, value in data.items() if key not in unknown}
    for section in _PARTS:
        items = found.get(section)
        if section != "dimensions" and isinstance(items, dict):
            wrong = set([key for key, item in items.items() if not isinstance(item, dict)][MAX_FAULTS:])
            found[section] = {key: item for key, item in items.items() if key not in wrong} if wrong else items
    return found


def _texts(data: Any) -> list[str]:
    """The texts that stand anywhere in some data."""
    if isinstance(data, dict | list):
        return [text for inner in (data.values() if isinstance(data, dict) else data) for text in _texts(inner)]
    return [data] if isinstance(data, str) else []


def _without(data: Mapping[str, Any], wrong: list[Keys]) -> tuple[StudyFile | None, set[tuple[str, str]]]:
    """The record of a file without the tables that hold these faults, and which tables these are."""
    rest: dict[str, Any] = {key: dict(value) if isinstance(value, dict) else value for key, value in data.items()}
    broken: set[tuple[str, str]] = set()
    for at in wrong:
        if len(at) > 1 and at[0] in _PARTS and isinstance(rest.get(str(at[0])), dict):
            rest[str(at[0])].pop(at[1], None)
            broken.add((str(at[0]), str(at[1])))
        elif at:
            rest.pop(str(at[0]), None)
    if any(at[:1] == ("units",) for at in wrong):
        # What is declared is known all the same, so that nothing is said to be no unit for a slip beside it.
        rest["units"] = {"names": [text for text in _texts(data["units"]) if re.fullmatch(NAME, text)]}
    header = {"format": 1, "id": "study", "title": ""}
    rest = {key: value for key, value in rest.items() if key in StudyFile.model_fields}
    return validate(StudyFile, {**header, **rest})[0], broken
