// Placeholder until the first type of Configuration.
