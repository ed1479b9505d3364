"""What a test process made for all of its tests, ended and removed when its session is over.

Not left to `atexit`: pytest-xdist kills a worker ten seconds after the last test, and a server with a hundred
databases takes longer to go. `atexit` is for those who use the tests' parts without pytest.
"""

import atexit
from contextlib import ExitStack

AT_THE_END = ExitStack()

atexit.register(AT_THE_END.close)
