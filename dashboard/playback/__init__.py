"""Films of simulated days: found or asked for, served as packed bytes, played on maps in lockstep."""
