"""Hashes of idealo's imagededup. dedup.py CHECKOUT: reads paths from standard input, a line each, and prints the hexadecimal
hashes of each by PHash, DHash, AHash and WHash. CHECKOUT is a copy of its repository, which need not be installed."""
import sys
import types
import warnings

sys.path.insert(0, sys.argv[1])
# Only the hashes are asked for: neither its compiled search nor its network, which downloads weights when it is imported.
sys.modules["brute_force_cython_ext"] = types.ModuleType("brute_force_cython_ext")
sys.modules["imagededup.methods.cnn"] = types.ModuleType("cnn")
sys.modules["imagededup.methods.cnn"].CNN = None
warnings.simplefilter("ignore")

from imagededup.methods import AHash, DHash, PHash, WHash

methods = [method(verbose=False) for method in (PHash, DHash, AHash, WHash)]
for line in sys.stdin:
    print(" ".join(method.encode_image(image_file=line.rstrip("\n")) for method in methods))
