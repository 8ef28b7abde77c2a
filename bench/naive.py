"""The yardstick: the bench's flow in plain SimPy, as its documentation would write it.

A process a case, a PriorityResource a pool, a request a step, a log row a move. Frozen: the bench prints the
hash of this file, so that ratios of different days can be compared. Keep it as it is.
"""

import simpy

OFF_SHIFT = 0  # cases have priorities from 1


def work_case(env, number, priority, visits, pools, log):
    """One case visits its pools one after another; `visits` holds (state, pool, seconds)."""
    log.append((env.now, number, "reported", "done", None))
    for state, pool, seconds in visits:
        with pools[pool].request(priority=priority) as request:
            if not request.triggered:
                log.append((env.now, number, state, "queued", pool))
            yield request
            log.append((env.now, number, state, "work", pool))
            yield env.timeout(seconds)
        log.append((env.now, number, state, "done", pool))
    log.append((env.now, number, "closed", "done", None))


def report_cases(env, cases, pools, log):
    """Cases come in at their times; `cases` holds (time, priority, visits)."""
    for number, (time, priority, visits) in enumerate(cases):
        yield env.timeout(time - env.now)
        env.process(work_case(env, number, priority, visits, pools, log))


def keep_shifts(env, pool, windows):
    """Outside its windows (start, end) a pool's posts are held by requests that go before all others."""
    for start, end in windows:
        absences = [pool.request(priority=OFF_SHIFT) for _ in range(pool.capacity)]
        yield env.timeout(start - env.now)
        for absence in absences:
            if absence.triggered:
                pool.release(absence)
            else:
                absence.cancel()
        yield env.timeout(end - env.now)


def simulate(capacities, windows, cases, horizon):
    """The log of a run: tuples (time, case, state, phase, pool), in the order in which they happened."""
    env = simpy.Environment()
    log = []
    pools = [simpy.PriorityResource(env, capacity=capacity) for capacity in capacities]
    for pool, spans in zip(pools, windows):
        env.process(keep_shifts(env, pool, spans))
    env.process(report_cases(env, cases, pools, log))
    env.run(until=horizon)
    return log
