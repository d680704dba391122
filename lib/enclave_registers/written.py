"""Validation of written files: panels and results are checked against the descriptions of their columns.

`enclave.base.columns.File` describes a file. This module turns the description into a pandera schema. It lives here
because `enclave` does not load pandera.
"""

from functools import cache

import pandas as pd
import pandera.pandas as pa

from enclave.base.columns import NUMBER, TEXT, TRUTH, WHOLE, Column, File
from enclave.base.errors import EnclaveError

TYPES = {
    TEXT: pd.api.types.is_string_dtype,
    WHOLE: pd.api.types.is_integer_dtype,
    NUMBER: lambda values: pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values),
    TRUTH: pd.api.types.is_bool_dtype,
}


def validate(frame: pd.DataFrame, file: File) -> pd.DataFrame:
    """`frame` itself, if it is what `file` describes.

    Checked are the columns and their order, their types, gaps only where they are allowed, and that no two rows have
    the same keys. Raises EnclaveError with the file, the column, the rows and the rule of the first fault; the message
    holds no value.
    """
    try:
        schema(file).validate(frame)
    except (pa.errors.SchemaError, pa.errors.SchemaErrors) as fault:
        raise EnclaveError(f"{file.name}: {_problem(fault, frame, file)}. Correct the code that makes it.") from None
    return frame


@cache
def schema(file: File) -> pa.DataFrameSchema:
    """The pandera schema of a written file."""
    return pa.DataFrameSchema(
        {column.name: _column(column) for column in file.columns},
        unique=list(file.keys),
        strict=True,
        ordered=True,
    )


def _column(column: Column) -> pa.Column:
    is_type = TYPES[column.kind]
    # a column of missing values alone has no type to check
    of_type = pa.Check(
        lambda values: values.isna().all() or is_type(values.dropna().infer_objects()), error=column.kind
    )
    return pa.Column(None, of_type, nullable=column.gaps)


def _problem(fault: pa.errors.SchemaError | pa.errors.SchemaErrors, frame: pd.DataFrame, file: File) -> str:
    """What is wrong, in one clause."""
    headers = [str(column) for column in frame.columns]
    if headers != file.headers:
        return f"the columns are {', '.join(headers)} instead of {', '.join(file.headers)}"
    if frame.duplicated(list(file.keys)).any():
        row = int(frame.duplicated(list(file.keys)).to_numpy().argmax()) + 1
        return f"row {row} has the same {', '.join(file.keys)} as a row before it"
    [described] = [one for one in file.columns if one.name == fault.schema.name]
    column = described.name
    if frame[column].isna().any() and not described.gaps:
        return f'column "{column}", row {int(frame[column].isna().to_numpy().argmax()) + 1}: the value is missing'
    return f'column "{column}": the type is {frame[column].dtype} instead of {described.kind}'
