"""One thread a test process: more only wait for one another on two cores."""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")
