"""The file for a lawyer or an agency: parts in folders, packed into one ZIP.

Pure functions on bytes and names; what belongs into it is found by
``arm.collection.dossier``.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

UNSAFE = re.compile(r'[\\/:*?"<>|\x00-\x1f]+')
LONGEST = 100  # of a file name: old programs take 255 for the whole path


@dataclass(frozen=True)
class Part:
    """One document of the dossier.

    :param section: code of the folder
    :param name: file name with its ending, as people wrote it
    :param content: the file; None for what should be there and is missing
    :param title: what it is, for the index
    :param day: of the document; None where it has none
    """

    section: str
    name: str
    content: bytes | None
    title: str
    day: date | None = None


def safe_name(name: str) -> str:
    """A file name that every system accepts; never empty, never a path."""
    stem, dot, ending = UNSAFE.sub("-", name).rpartition(".")
    if not dot:
        stem, ending = ending, ""
    stem = stem.strip(" .")[: LONGEST - len(ending)] or "document"
    return f"{stem}{dot}{ending}"


def arrange(parts: Iterable[Part], folders: dict[str, str]) -> list[Part]:
    """The parts in the order of the folders, by day, with paths that differ.

    :param folders: code of a section -> name of its folder, in their order
    :return: parts whose ``name`` is the path in the ZIP; missing ones have none
    """
    order = list(folders)
    ranked = sorted(
        parts,
        key=lambda part: (
            order.index(part.section),
            part.day or date.min,
            part.name,
        ),
    )
    taken: set[str] = set()
    arranged = []
    for part in ranked:
        path = ""
        if part.content is not None:
            path = _free_path(folders[part.section], safe_name(part.name), taken)
            taken.add(path.lower())
        arranged.append(replace(part, name=path))
    return arranged


def _free_path(folder, name, taken):
    """The path, with a number where another document has the same name."""
    stem, dot, ending = name.rpartition(".")
    if not dot:
        stem, ending = ending, ""
    path, number = f"{safe_name(folder)}/{name}", 1
    while path.lower() in taken:
        number += 1
        path = f"{safe_name(folder)}/{stem} ({number}){dot}{ending}"
    return path


def pack(parts: Iterable[Part], made_on: date) -> bytes:
    """One ZIP of arranged parts; the same parts give the same bytes.

    :param made_on: the day that the files in it carry
    """
    stream = BytesIO()
    stamp = (made_on.year, made_on.month, made_on.day, 0, 0, 0)
    with ZipFile(stream, "w", ZIP_DEFLATED) as archive:
        for part in parts:
            if part.content is not None:
                info = ZipInfo(part.name, stamp)
                info.compress_type = ZIP_DEFLATED
                info.external_attr = 0o644 << 16
                archive.writestr(info, part.content)
    return stream.getvalue()
