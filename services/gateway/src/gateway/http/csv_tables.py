"""Tables as CSV (RFC 4180), of as many rows as there are: page after page, none of them kept."""

import csv
import io
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from typing import TypeVar

from starlette.responses import Response, StreamingResponse

MEDIA_TYPE = "text/csv; charset=utf-8"

Cell = str | int | float | bool | None
Row = TypeVar("Row")
Columns = Mapping[str, Callable[[Row], Cell]]
"""What stands under each heading."""

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""Beginnings by which a spreadsheet takes a text for a formula, and does what it says."""


async def csv_table(name: str, columns: Columns[Row], pages: AsyncIterator[Iterable[Row]]) -> Response:
    """A file of that name. The first page is read before anything is answered; raises whatever that raises."""
    first = await anext(pages)

    async def lines() -> AsyncIterator[str]:
        yield _lines([list(columns)])
        yield _lines(_cells(columns, first))
        async for page in pages:
            yield _lines(_cells(columns, page))

    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
    return StreamingResponse(lines(), headers=headers, media_type=MEDIA_TYPE)


def _cells(columns: Columns[Row], rows: Iterable[Row]) -> Iterable[list[str]]:
    return ([_written(cell(row)) for cell in columns.values()] for row in rows)


def _lines(rows: Iterable[list[str]]) -> str:
    written = io.StringIO()
    csv.writer(written).writerows(rows)
    return written.getvalue()


def _written(cell: Cell) -> str:
    match cell:
        case None:
            return ""
        case bool():
            return "true" if cell else "false"
        case str() if cell.startswith(_FORMULA):
            return f"'{cell}"
    return str(cell)
