"""``make demo``: the whole trip on one machine, with people to be and services to enter."""
