"""A cover is a JPEG of a sensible size in the finished file, whatever it was in the book."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from flows.mastering.cover import LONGEST_SIDE, jpeg_shape, prepare_cover
from normalizers.errors import DuoyinError

RED, WHITE = (255, 0, 0), (255, 255, 255)


def picture(kind: str, mode: str = "RGB", size: tuple[int, int] = (40, 60), **options: object) -> bytes:
    """Red in the middle; what is around it is see-through where the mode can say so, else white."""
    image = Image.new("RGBA", size, (0, 0, 0, 0) if mode in ("RGBA", "P") else (*WHITE, 255))
    image.paste((*RED, 255), (size[0] // 4, size[1] // 4, 3 * size[0] // 4, 3 * size[1] // 4))
    out = io.BytesIO()
    image.convert(mode).save(out, kind, **options)
    return out.getvalue()


def near(colour: tuple[int, ...], other: tuple[int, ...]) -> bool:
    return all(abs(a - b) < 12 for a, b in zip(colour, other, strict=True))


@pytest.mark.parametrize(
    "data",
    [
        picture("PNG"),
        picture("PNG", "RGBA"),
        picture("PNG", "P"),
        picture("WEBP", "RGBA"),
        picture("WEBP", lossless=True),
        picture("GIF", "P", transparency=0),
        picture("BMP"),
        picture("TIFF"),
        picture("JPEG", "CMYK"),
    ],
    ids=["png", "see-through png", "palette", "see-through webp", "webp", "gif", "bmp", "tiff", "print jpeg"],
)
def test_any_picture_becomes_a_jpeg_on_white(data: bytes) -> None:
    made = Image.open(io.BytesIO(prepare_cover(data)))
    assert (made.format, made.mode, made.size) == ("JPEG", "RGB", (40, 60))
    middle = made.getpixel((20, 30))
    assert isinstance(middle, tuple) and near(middle, RED)
    if Image.open(io.BytesIO(data)).mode != "P" or "transparency" in Image.open(io.BytesIO(data)).info:
        corner = made.getpixel((2, 2))
        assert isinstance(corner, tuple) and near(corner, WHITE)


def test_a_jpeg_of_a_sensible_size_stays_as_it_is() -> None:
    for progressive in (False, True):
        data = picture("JPEG", size=(600, LONGEST_SIDE), progressive=progressive)
        assert jpeg_shape(data) == (600, LONGEST_SIDE, 3)
        assert prepare_cover(data) == data


@pytest.mark.parametrize(("size", "wanted"), [((1000, 4000), (400, 1600)), ((3200, 1200), (1600, 600))])
def test_a_print_is_made_smaller_and_keeps_its_shape(size: tuple[int, int], wanted: tuple[int, int]) -> None:
    assert jpeg_shape(prepare_cover(picture("JPEG", size=size))) == (*wanted, 3)


@pytest.mark.parametrize(
    "data", [b"<svg/>", b"#EXTM3U\n/etc/hostname\n", b"\xff\xd8\xff", picture("PNG")[:60], b"GIF89a"]
)
def test_what_is_no_picture_is_refused(data: bytes) -> None:
    with pytest.raises(DuoyinError):
        prepare_cover(data)
