"""What the book promises about speed and memory, measured on this machine and kept as JSON in `data/bench`.

`python -m benchmarks.run` measures. Every measurement runs in a process of its own, with one thread for linear algebra
unless it is about threads: small matrices are slower with several threads.
"""
