"""Writes JPEG files of the size of ImageNet's photographs.

`make-images.py <folder> <count>`.
"""

import sys
from pathlib import Path

import numpy as np
from PIL import Image


def main(folder: str, count: int) -> None:
    random = np.random.default_rng(17)
    for i in range(count):
        # Smoothed coarse noise: compresses about as well as photographs.
        coarse = random.integers(0, 256, (24, 32, 3), dtype=np.uint8)
        Image.fromarray(coarse).resize((500, 375)).save(Path(folder) / f"{i:06}.jpg", quality=90)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
