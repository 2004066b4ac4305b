// Placeholder until the first type of ModelServer.
