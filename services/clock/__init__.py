"""Events to clocks: keeps every file's delay on the business-day calendar."""
