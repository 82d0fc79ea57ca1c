"""One thread a test process, since more wait for one another; full precision, so that equality can be asked."""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("EXPLAINREC_THREADS", "1")
os.environ.setdefault("EXPLAINREC_PRECISION", "fp32")
