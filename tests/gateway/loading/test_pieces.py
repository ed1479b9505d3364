import io

import pytest

from formats.copybook.files import BrokenFile
from gateway.loading import pieces
from tests.gateway.loading.files import TREE, body, framed


@pytest.mark.parametrize("chunk", [1, 7, 1 << 16])
def test_frames_stand_where_they_begin(tmp_path, monkeypatch, chunk):
    monkeypatch.setattr(pieces, "CHUNK_BYTES", chunk)
    bodies = [body(1), b"", body(2)]  # a sign of life between
    data = framed(tmp_path / "a.bin", bodies).read_bytes()
    found = list(pieces.framed(io.BytesIO(data), TREE.systems["core"].framing, "core"))
    assert [(one.at, one.body) for one in found] == [(0, bodies[0]), (len(bodies[0]) + 8, bodies[2])]


def test_a_frame_cut_short_ends_the_file(tmp_path):
    data = framed(tmp_path / "a.bin", [body(1), body(2)]).read_bytes()
    reading = pieces.framed(io.BytesIO(data[:-5]), TREE.systems["core"].framing, "core")
    assert next(reading).at == 0
    with pytest.raises(BrokenFile, match=f"at byte {len(data) // 2}: ends early"):
        next(reading)


def test_a_length_that_cannot_be_ends_the_file(tmp_path):
    data = framed(tmp_path / "a.bin", [body(1)]).read_bytes()
    reading = pieces.framed(io.BytesIO(data + b"\xff" * 100), TREE.systems["core"].framing, "core")
    assert next(reading).body == body(1)
    with pytest.raises(BrokenFile, match=f"at byte {len(data)}: .*over 32760"):
        next(reading)


def test_a_frame_with_a_wrong_check_is_its_own():
    framing = TREE.systems["wealth"].framing
    good = framing.wrap(b"W900|A")
    bad = good[:-1] + bytes([good[-1] ^ 1])
    found = list(pieces.framed(io.BytesIO(bad + good), framing, "wealth"))
    assert [(one.at, one.body, one.fault is None) for one in found] == [
        (0, b"", False), (len(bad), b"W900|A", True),
    ]  # fmt: skip
