// Placeholder until the first type of Transports.
