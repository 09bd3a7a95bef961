"""Repeatable measurements: each workload of ours beside its limit or a peer, interleaved in the same run.

Absolute figures move with the machine; only the ratio between two columns of one row counts. Tests are
never timed.
"""
