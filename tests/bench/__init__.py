"""Benchmarks of the promises, each beside its floor in the same run: `make bench`. No part of `make test`."""
