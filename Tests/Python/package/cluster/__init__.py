"""Sweeps on a Dask cluster of processes: the bits of one process, whatever is killed, lost or late."""
