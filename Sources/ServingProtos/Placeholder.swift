// Placeholder until the first type of ServingProtos.
