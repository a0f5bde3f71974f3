"""Where runs are executed: in this process, or in a pool of processes. Knows no store and no engine."""
