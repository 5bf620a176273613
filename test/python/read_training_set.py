"""Prints every value of a training set as polars reads it, one line of tab-separated texts a row, after a line of names.

Doubles are printed as the hexadecimal digits of their bits, times as microseconds in UTC, null as an empty text; lists in
brackets, maps too, as key=value.
"""

import struct
import sys
from datetime import datetime, timedelta, timezone

import polars as pl

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


def text(value: object, dtype: pl.DataType) -> str:
    if value is None:
        return ""
    if isinstance(dtype, pl.List):
        return "[" + ",".join(text(item, dtype.inner) for item in value) + "]"
    if isinstance(dtype, pl.Map):
        return "[" + ",".join(f"{text(key, dtype.key)}={text(item, dtype.value)}" for key, item in value.items()) + "]"
    if isinstance(dtype, pl.Datetime):
        assert dtype.time_zone == "UTC", dtype
        return str((value - EPOCH) // timedelta(microseconds=1))
    if dtype == pl.Float64:
        return struct.pack(">d", value).hex()
    if dtype == pl.String:
        return '"' + "".join(f"\\u{unit:04x}" for unit in struct.unpack(f"<{len(value.encode('utf-16-le')) // 2}H", value.encode("utf-16-le"))) + '"'
    return str(value).lower() if isinstance(value, bool) else str(int(value))


frame = pl.read_parquet(sys.argv[1])
print("\t".join(frame.columns))
for row in frame.iter_rows():
    print("\t".join(text(value, dtype) for value, dtype in zip(row, frame.dtypes)))
