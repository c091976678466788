"""The figures as a table for people and as JSON for machines."""

import json
import os
import platform

HEADS = ("benchmark", "figure", "unit", "bar", "")
WORDS = {True: "holds", False: "falls short", None: ""}


def number(value):
    """A figure without more digits than it deserves."""
    if value is None:
        return ""
    if float(value).is_integer() and abs(value) >= 1 or value == 0:
        return f"{value:,.0f}"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:,.2f}"


def line(figure):
    """The cells of a figure."""
    bar = number(figure.bar)
    if bar:
        bar = ("≥ " if figure.at_least else "≤ ") + bar
    cells = (figure.name, number(figure.value), figure.unit, bar)
    return (*cells, WORDS[figure.holds])


def table(figures):
    """The lines of the table."""
    rows = [HEADS, *map(line, figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADS))]
    for index, row in enumerate(rows):
        cells = [
            text.rjust(width) if column == 1 else text.ljust(width)
            for column, (text, width) in enumerate(zip(row, widths, strict=True))
        ]
        yield "  ".join(cells).rstrip()
        if index == 0:
            yield "  ".join("-" * width for width in widths)


def details(figures):
    """What stands behind the figures, one line each."""
    for figure in figures:
        if figure.detail:
            yield f"  {figure.name}: {figure.detail}"


def verdict(figures):
    """The last line: how many bars hold."""
    judged = [figure for figure in figures if figure.holds is not None]
    short = sum(not figure.holds for figure in judged)
    return f"{len(judged) - short} of {len(judged)} bars hold"


def load_note(loads):
    """A warning where others have used the machine meanwhile, or nothing."""
    cores = os.cpu_count()
    if max(loads) <= cores:
        return ""
    return (
        f"Note: up to {max(loads):.1f} processes wanted the {cores} cores; durations "
        "are not to be trusted, query counts are."
    )


def write_json(path, size, figures, server_version, loads):
    """Everything, with what it was measured on."""
    content = {
        "size": vars(size),
        "machine": {
            "cores": os.cpu_count(),
            "load": [round(load, 1) for load in loads],
            "python": platform.python_version(),
            "postgresql": server_version,
        },
        "figures": [{**vars(f), "holds": f.holds} for f in figures],
    }
    with open(path, "w", encoding="utf-8") as handle:
        json.dump(content, handle, indent=2, ensure_ascii=False)
        handle.write("\n")
