"""Coverage-guided fuzzing of one system's format: `python -m bench.fuzz_atheris SYSTEM [-runs=N] [FOLDER]`.

For whoever has time: atheris watches which lines of `formats` a frame reaches and keeps those that reach new
ones, in FOLDER, where given. Same rules as `bench.fuzz`; what is found is kept in a file by libFuzzer, and
its exception ends the run. Needs `pip install -e '.[fuzz]'` (wheels for Linux and macOS).
"""

import os
import sys
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["formats"]):
    from bench.fuzz import NotStable, corpus, open_codec
    from formats.errors import FormatError
    from formats.testing import survives
    from gateway.config.reader import read_conf


def main() -> None:
    if len(sys.argv) < 2 or sys.argv[1].startswith("-"):
        sys.exit(__doc__)
    system = sys.argv.pop(1)
    codec = open_codec(read_conf(Path("conf"), os.environ), system)
    folders = [argument for argument in sys.argv[1:] if not argument.startswith("-")]
    if folders:
        _seed(Path(folders[0]), corpus(codec, 1))

    def one(data: bytes) -> None:
        codec.peek(data)
        try:
            read = codec.parse(data)
        except FormatError:
            return
        if not survives(codec, *read):
            raise NotStable

    atheris.Setup([*sys.argv, "-max_len=4096", "-timeout=2", "-rss_limit_mb=1024"], one)
    atheris.Fuzz()


def _seed(folder: Path, messages: list[bytes]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for number, body in enumerate(messages):
        (folder / f"valid-{number:04d}").write_bytes(body)


if __name__ == "__main__":
    main()
