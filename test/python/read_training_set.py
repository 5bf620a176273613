"""Prints every value of a training set as polars reads it, one line of tab-separated texts a row, after a line of names.

Doubles are printed as the hexadecimal digits of their bits, times as microseconds in UTC, null as an empty text.
"""

import struct
import sys

import polars as pl


def text(value: object, dtype: pl.DataType) -> str:
    if value is None:
        return ""
    if dtype == pl.Float64:
        return struct.pack(">d", value).hex()
    if dtype == pl.String:
        return '"' + "".join(f"\\u{unit:04x}" for unit in struct.unpack(f"<{len(value.encode('utf-16-le')) // 2}H", value.encode("utf-16-le"))) + '"'
    return str(value).lower() if isinstance(value, bool) else str(int(value))


frame = pl.read_parquet(sys.argv[1])
times = [name for name, dtype in frame.schema.items() if isinstance(dtype, pl.Datetime)]
assert all(frame.schema[name].time_zone == "UTC" for name in times), frame.schema
frame = frame.with_columns(pl.col(name).dt.epoch("us") for name in times)
print("\t".join(frame.columns))
for row in frame.iter_rows():
    print("\t".join(text(value, dtype) for value, dtype in zip(row, frame.dtypes)))
