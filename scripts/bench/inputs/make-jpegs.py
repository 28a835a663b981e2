"""`make-jpegs.py <folder> <count>`: seeded pictures of 500x375, as JPEG files."""

import sys
from pathlib import Path

import numpy as np
from PIL import Image


def main(folder: str, count: int) -> None:
    random = np.random.default_rng(11)
    for i in range(count):
        # Smooth areas and noise, which compress like photographs.
        coarse = Image.fromarray(random.integers(0, 256, (12, 16, 3), dtype=np.uint8))
        smooth = np.asarray(coarse.resize((500, 375), Image.Resampling.BICUBIC), dtype=np.int16)
        noisy = smooth + random.integers(-12, 13, smooth.shape, dtype=np.int16)
        picture = Image.fromarray(noisy.clip(0, 255).astype(np.uint8))
        picture.save(Path(folder) / f"{i:06}.jpg", quality=85)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
