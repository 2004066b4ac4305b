// Placeholder until the first type of GRPC.
