"""Write a result table as CSV and Parquet at once, in constant memory."""

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Generic, TypeVar

import pyarrow as pa
import pyarrow.parquet as pq

from rupture_nlp.io.atomic import atomic_path
from rupture_nlp.io.cells import neutralise
from rupture_nlp.pipeline.columns import Cell, Kind, Table
from rupture_nlp.pipeline.figures import LabelledSession

Row = TypeVar("Row")

BYTES_PER_GROUP = 4 * 2**20
"""Bytes of columns, rounded up to `ROWS_TOGETHER`, that go to the Parquet file as one row group.
Until then they are kept. Of every group the writer keeps some 20 kB until its end, whatever is in
it: smaller groups would cost more in all."""

ROWS_TOGETHER = 250
"""Rows that are turned into columns at once: as Python's objects they take twenty times as much."""

_ARROW = {
    Kind.TEXT: pa.string(),
    Kind.INTEGER: pa.int64(),
    Kind.NUMBER: pa.float64(),
    Kind.TRUTH: pa.bool_(),
}


class TableWriter(Generic[Row]):
    """Adds sessions to one table. Made by `table_writer`."""

    def __init__(
        self, table: Table[Row], csv_path: Path, parquet_path: Path, *, with_text: bool
    ) -> None:
        self._table = table
        self._with_text = with_text
        columns = table.shown(with_text=with_text)
        self._schema = pa.schema([(column.name, _ARROW[column.kind]) for column in columns])
        self._file = csv_path.open("w", encoding="utf-8", newline="")
        self._csv = csv.writer(self._file, lineterminator="\n")
        self._csv.writerow([column.name for column in columns])
        self._parquet = pq.ParquetWriter(parquet_path, self._schema)
        self._waiting: list[list[Cell]] = []
        self._columns: list[pa.RecordBatch] = []
        self._bytes = 0  # in the columns

    def add(self, session: LabelledSession) -> None:
        """Write the session's rows."""
        for cells in self._table.cells(session, with_text=self._with_text):
            self._csv.writerow([_csv_cell(cell) for cell in cells])
            self._waiting.append(cells)
            if len(self._waiting) == ROWS_TOGETHER:
                self._to_columns()

    def close(self) -> None:
        """Write what waits and close both files."""
        if self._waiting:
            self._to_columns()
        self._write_group()
        self._file.close()
        self._parquet.close()

    def _to_columns(self) -> None:
        columns = zip(*self._waiting, strict=True)
        arrays = [
            pa.array([_plain(cell) for cell in column], field.type)
            for column, field in zip(columns, self._schema, strict=True)
        ]
        self._columns.append(pa.RecordBatch.from_arrays(arrays, schema=self._schema))
        self._bytes += self._columns[-1].nbytes
        self._waiting.clear()
        if self._bytes >= BYTES_PER_GROUP:
            self._write_group()

    def _write_group(self) -> None:
        if self._columns:
            rows = pa.Table.from_batches(self._columns)
            self._parquet.write_table(rows, row_group_size=len(rows))
            self._columns.clear()
            self._bytes = 0


@contextmanager
def table_writer(table: Table[Row], folder: Path, *, with_text: bool) -> Iterator[TableWriter[Row]]:
    """Open `<name>.csv` and `<name>.parquet`; both appear when the block succeeds, or neither."""
    with (
        atomic_path(folder / f"{table.name}.csv") as csv_path,
        atomic_path(folder / f"{table.name}.parquet") as parquet_path,
    ):
        writer = TableWriter(table, csv_path, parquet_path, with_text=with_text)
        try:
            yield writer
        finally:
            writer.close()


def _csv_cell(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    return neutralise(str(cell)) if isinstance(cell, str) else repr(cell)


def _plain(cell: Cell) -> Cell:
    # Arrow reads an enum member that is a string only as its value.
    return str(cell) if isinstance(cell, str) else cell
