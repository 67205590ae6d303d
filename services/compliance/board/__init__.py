"""The supervisors' board: pages over the read models of compliance, where a number opens into the days that made it."""
