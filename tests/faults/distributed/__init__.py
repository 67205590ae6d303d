"""The faults of the distributed deployment, with real processes, brokers and database: nothing is lost, nothing is counted twice."""
