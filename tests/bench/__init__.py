"""Benchmarks: figures that hold on any machine, run by ``./setup/bench``.

A benchmark compares what the suite does with a floor (the bare statement that could
not be spared) or a peer (what Odoo does by itself) in the same run, in turns, and
gives the median of the ratios. Each has a bar; nothing here is a test, because a busy
machine would fail it.

A new benchmark is a function with the decorator of :mod:`.registry` in a module
``bench_<topic>.py`` of this package; it is found by itself. :mod:`.lab` measures,
:mod:`.generate` makes the data.
"""
