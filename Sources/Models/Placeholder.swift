// Placeholder until the first type of Models.
