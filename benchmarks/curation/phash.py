"""ImageHash's phash(hash_size=8) from its definition. phash.py rate FOLDER COUNT: hashes per second of processor time, and
pictures that Pillow only decodes, to colours and to brightness alone, and how many hashes differ if brightness alone is decoded.
phash.py hash: reads paths from standard input, a line each, and prints the hash of each in hexadecimal."""
import os
import sys
import time

import numpy
import scipy.fftpack
from PIL import Image


def phash(path, brightness=False):
    with Image.open(path) as image:
        if brightness:
            image.draft("L", image.size)
        small = image.convert("L").resize((32, 32), Image.LANCZOS)
    pixels = numpy.asarray(small)
    low = scipy.fftpack.dct(scipy.fftpack.dct(pixels, axis=0), axis=1)[:8, :8]
    return low > numpy.median(low)


def decode(path, mode):
    with Image.open(path) as image:
        image.draft(mode, image.size)
        image.load()


def rate(paths, look):
    best = 0.0
    for _ in range(3):
        start = time.process_time()
        for path in paths:
            look(path)
        best = max(best, len(paths) / (time.process_time() - start))
    return best


if sys.argv[1] == "rate":
    names = sorted(os.listdir(sys.argv[2]))[: int(sys.argv[3])]
    paths = [os.path.join(sys.argv[2], name) for name in names]
    for look in (phash, lambda path: decode(path, "RGB"), lambda path: decode(path, "L")):
        print(f"{rate(paths, look):.0f}")
    print(sum((phash(path) != phash(path, brightness=True)).any() for path in paths))
else:
    for line in sys.stdin:
        bits = phash(line.rstrip("\n")).flatten()
        print(f"{sum(int(b) << (63 - i) for i, b in enumerate(bits)):016x}")
