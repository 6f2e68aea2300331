"""The knowledge files as documents: which there are, of what kind, and under which id their content stands."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from remit.knowledge.files import read_typed
from remit.quantities import BadInput

FOLDER = Path(__file__).parent
KINDS = (
    "protocols",
    "scales",
    "eligibility",
    "safety",
    "medications",
    "terminology",
    "kinetics",
    "molecules",
    "pharmacology",
)
NAMED = ("protocols", "scales", "kinetics", "molecules")
"""Kinds with one thing a file, addressed by the file's own `id`; the others hold lists of things."""
TABLES = {
    "antidepressant_adequacy.csv": ("adequacy", "drug"),
    "codes.csv": ("codes", "concept"),
}
"""Tables: the id under which their rows stand, and the column that names a row."""
_MEANING = {"verified": "status", "code": "value"}
"""Columns whose meaning has another word in the rest of the knowledge."""


@dataclass(frozen=True, slots=True)
class Document:
    """Content under one id: a protocol, a scale, or a list of things such as `contraindications`."""

    kind: str
    id: str
    content: Any
    file: str
    rows: str = ""
    """In a table: the column that names a row."""

    @property
    def collection(self) -> bool:
        """True where the things inside are addressed by their own id alone."""
        return self.kind not in NAMED


def slug(words: str) -> str:
    """Words as an id: lower case, one underscore for whatever is neither letter nor digit.

    >>> slug("paroxetine controlled-release")
    'paroxetine_controlled_release'
    """
    return re.sub(r"[^a-z0-9]+", "_", words.lower()).strip("_")


def rows(path: Path) -> list[dict[str, str]]:
    """A table's rows by column. Raises `BadInput` for a row with too many or too few cells, or a repeated column."""
    try:
        # Spreadsheets begin UTF-8 with a mark of their own.
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise BadInput(f"{path}: cannot be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise BadInput(f"{path}: UTF-8 text is needed, byte {error.start} is not") from error
    reader = csv.reader(io.StringIO(text), strict=True)
    try:
        table = [(reader.line_num, row) for row in reader if row]
    except csv.Error as error:
        raise BadInput(f"{path}: line {reader.line_num}: {error}") from error
    if not table:
        raise BadInput(f"{path}: a heading row is needed, the file is empty")
    heading = table[0][1]
    if len(set(heading)) != len(heading):
        raise BadInput(f"{path}: each column is named once, not {', '.join(heading)}")
    for line, row in table[1:]:
        if len(row) != len(heading):
            raise BadInput(f"{path}: line {line}: {len(heading)} cells between commas are needed, not {len(row)}")
    return [dict(zip(heading, row, strict=True)) for _, row in table[1:]]


def yaml_files(kind: str) -> list[Path]:
    """The YAML files of one kind, in a fixed order."""
    return sorted((FOLDER / kind).glob("*.yaml"))


def carried() -> Iterator[tuple[str, Path, str]]:
    """Each file that Remit carries, but for the citations: its kind, where it is, and how messages call it."""
    for path in sorted(FOLDER.glob("*.yaml")):
        if path.name != "sources.yaml":
            yield path.stem, path, path.name
    for kind in KINDS:
        for path in sorted((FOLDER / kind).iterdir()):
            if path.suffix == ".yaml" or path.name in TABLES:
                yield kind, path, f"{kind}/{path.name}"


def clinic_files(folder: Path) -> list[Path]:
    """The protocol files of a clinic's own folder: those in it, and in its `protocols` if it has one."""
    if not folder.is_dir():
        raise BadInput(f"folder: a folder with protocol files is needed, not {str(folder)!r}")
    found = [*(path for path in folder.glob("*.yaml") if not _of_molecule(path)), *folder.glob("protocols/*.yaml")]
    return sorted(path for path in found if path.name != "sources.yaml")


def molecule_files(folder: Path) -> list[Path]:
    """The molecule files of a folder of one's own: those in it that say a composition, and all in its `molecules`."""
    if not folder.is_dir():
        raise BadInput(f"folder: a folder with molecule files is needed, not {str(folder)!r}")
    return sorted([*filter(_of_molecule, folder.glob("*.yaml")), *folder.glob("molecules/*.yaml")])


def _of_molecule(path: Path) -> bool:
    """True for a file that says what a molecule consists of; a file that cannot be read is left to its reader."""
    try:
        return re.search(r"^composition:", path.read_text(encoding="utf-8"), re.MULTILINE) is not None
    except (OSError, UnicodeDecodeError):
        return False


def read(path: Path, kind: str, name: str) -> list[Document]:
    """What one YAML file holds; `name` is how messages call the file. Raises `BadInput`."""
    content = read_typed(path)
    if not isinstance(content, Mapping):
        raise BadInput(f"{name}: a mapping of keys is needed, not {type(content).__name__}")
    if kind in NAMED and "meta" not in content:
        if not isinstance(content.get("id"), str):
            raise BadInput(f"{name}: an `id` is needed, not {content.get('id')!r}")
        return [Document(kind, content["id"], content, name)]
    return [Document(kind, f"{kind}_rules" if key == "meta" else str(key), held, name) for key, held in content.items()]


def table(path: Path, name: str, kind: str) -> Document:
    """A table as one document, its rows by the slug of the column that names them."""
    root, column = TABLES[path.name]
    held: dict[str, Any] = {}
    for row in rows(path):
        key = slug(row[column])
        if key in held:
            raise BadInput(f"{name}: {column} {row[column]!r} is given twice")
        held[key] = {_MEANING.get(title, title): _cell(title, text, name) for title, text in row.items()}
    return Document(kind, root, held, name, column)


def _cell(column: str, text: str, name: str) -> Any:
    """A cell as its value: minima are numbers, an empty cell is null, everything else stays text."""
    if not text:
        return None
    if not column.startswith("min_"):
        return text
    try:
        return float(text) if "." in text else int(text)
    except ValueError as error:
        raise BadInput(f"{name}: {column}: a number is needed, not {text!r}") from error


def documents() -> Iterator[Document]:
    """Everything that Remit carries, with `same_as` resolved."""
    found: list[Document] = []
    for kind, path, name in carried():
        found += [table(path, name, kind)] if path.name in TABLES else read(path, kind, name)
    shared = {held.id: held.content for held in found if held.kind == "protocols"}
    for held in found:
        yield replace(held, content=resolve(held.content, shared, held.file))


def resolve(content: Any, shared: Mapping[str, Any], name: str, path: tuple[str, ...] = ()) -> Any:
    """The content with each `same_as: PROTOCOL` filled from the same place of that protocol.

    Keys given beside `same_as` win. Raises `BadInput` where there is nothing to take.
    """
    if isinstance(content, list):
        return [resolve(held, shared, name, path) for held in content]
    if not isinstance(content, Mapping):
        return content
    own = {key: resolve(held, shared, name, (*path, str(key))) for key, held in content.items() if key != "same_as"}
    if "same_as" not in content:
        return own
    taken = _at(shared.get(str(content["same_as"])), path)
    if not isinstance(taken, Mapping) or taken is content:
        raise BadInput(f"{name}: {'.'.join(path)}: same_as: no such part in protocol {content['same_as']!r}")
    return {**resolve(taken, _without(shared, str(content["same_as"])), name, path), **own}


def _without(shared: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """A protocol whose part is being filled is not a source for that part again: a ring of `same_as` ends."""
    return {name: held for name, held in shared.items() if name != key}


def _at(content: Any, path: tuple[str, ...]) -> Any:
    for key in path:
        content = content.get(key) if isinstance(content, Mapping) else None
    return content
