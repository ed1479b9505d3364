"""A disk that fails when told to: a small C library that is loaded before the hub's own (LD_PRELOAD).

    disk = Disk.built(tmp_path, file="ecif.db")
    hub.command = disk.under(hub.command)
    disk.order("fail sync 3 5")     # errno 5, EIO: the third sync from now on, once

The orders are told in storage_shim.c. An order that has begun holds until the hub ends or another one comes.
"""

import contextlib
import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

SOURCE = Path(__file__).parent / "storage_shim.c"
MISSING = "" if shutil.which("cc") else "the failing disk is a C library: there is no C compiler (cc)"
NO_MOUNT = "" if os.geteuid() == 0 else "only root can mount the small file system that is filled"
HEALED = "fail unlink 0 0"
"""An order that never comes to anything."""


@dataclass(frozen=True)
class Disk:
    library: Path
    control: Path
    file: str
    """Part of the paths of all files that are on it."""

    @classmethod
    def built(cls, folder: Path, *, file: str) -> "Disk":
        library = folder / "storage_shim.so"
        options = ("-O1", "-Wall", "-Werror", "-shared", "-fPIC")
        subprocess.run(["cc", *options, "-o", library, SOURCE, "-ldl", "-lpthread"], check=True)
        return cls(library, folder / "storage_order", file)

    def under(self, command: Sequence[str]) -> tuple[str, ...]:
        """The command, its files on this disk. Processes it starts keep theirs on it, too."""
        settings = (f"LD_PRELOAD={self.library}", f"SHIM_FILE={self.file}", f"SHIM_CONTROL={self.control}")
        return ("env", *settings, *command)

    def order(self, text: str) -> None:
        """Whole or not at all: the library may look at any moment."""
        draft = self.control.with_suffix(".new")
        draft.write_text(text)
        draft.rename(self.control)


@contextlib.contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[Path]:
    """What is in `folder` moves to a file system of its own, of this size. Raises OSError where none can be
    mounted (a container may forbid it, to root too)."""
    aside = folder.with_name(folder.name + ".aside")
    folder.rename(aside)
    folder.mkdir()
    options = ("-t", "tmpfs", "-o", f"size={megabytes}m")
    done = subprocess.run(["mount", *options, "none", folder], capture_output=True, check=False)
    if done.returncode:
        folder.rmdir()
        aside.rename(folder)
        raise OSError("mount: not permitted")
    try:
        shutil.copytree(aside, folder, dirs_exist_ok=True)
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


def fill(folder: Path) -> Path:
    """A file that takes all that is left; remove it to make room again."""
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        for size in (65536, 512, 1):
            with contextlib.suppress(OSError):
                while file.write(bytes(size)):
                    pass
    return filler
