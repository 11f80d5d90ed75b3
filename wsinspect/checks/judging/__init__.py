"""The machine of checks: what is seen on connections and ticks of a clock go in, orders and a verdict come out."""
