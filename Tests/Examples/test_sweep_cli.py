"""Tests of the C examples: python3 test_sweep_cli.py --sweep PATH --quickstart PATH --build PATH --cam PATH [-v]"""

import sys
import unittest

from program import Programs
from test_broken_files import BrokenFiles
from test_cam import Cam
from test_examples import Build, Quickstart
from test_real_networks import RealNetworks
from test_results import Results
from test_scale import Scale
from test_streaming import Streaming
from test_usage import Usage

__all__ = ["BrokenFiles", "Build", "Cam", "Quickstart", "RealNetworks", "Results", "Scale", "Streaming", "Usage"]

if __name__ == "__main__":
    rest = Programs.read(sys.argv[1:])
    unittest.main(argv=[sys.argv[0], *rest])
