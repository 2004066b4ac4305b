// Placeholder until the first type of Services.
