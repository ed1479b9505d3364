"""Splink on Spark: a cluster, or all cores of one machine (local mode). Needs Java."""

import os
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from ecif.bulk.settings import Function


class Spark:
    dialect = "spark"

    def __init__(self, master: str = "local[*]") -> None:
        from pyspark.sql import SparkSession

        os.environ.setdefault("PYSPARK_PYTHON", sys.executable)  # workers need this very environment
        self._session = (
            SparkSession.builder.master(master)
            .appName("ecif match")
            .config("spark.ui.enabled", "false")
            .config("spark.sql.shuffle.partitions", "4")
            .config("spark.log.level", "ERROR")
            .getOrCreate()
        )

    def api(self) -> Any:
        from splink.backends.spark import SparkAPI

        return SparkAPI(
            spark_session=self._session, break_lineage_method="persist", register_udfs_automatically=False
        )

    def register(self, name: str, function: Function) -> None:
        from pyspark.sql.types import BooleanType

        self._session.udf.register(name, function, BooleanType())

    def frame(self, columns: Mapping[str, Sequence[Any]]) -> Any:
        rows = list(zip(*columns.values(), strict=True))
        kinds = ", ".join(f"{name} {_kind(values)}" for name, values in columns.items())
        return self._session.createDataFrame(rows, kinds)

    def close(self) -> None:
        self._session.stop()


def _kind(values: Sequence[Any]) -> str:
    first = next((value for value in values if value is not None), "")
    if isinstance(first, list):
        return "array<string>"
    return {int: "bigint", float: "double"}.get(type(first), "string")
