"""Rate limits of deployments: counters in this process, or in a Redis that many share."""
