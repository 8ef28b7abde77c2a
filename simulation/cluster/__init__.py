"""Jobs on several machines through dask.distributed, under TLS; needs the extra `cluster`."""
