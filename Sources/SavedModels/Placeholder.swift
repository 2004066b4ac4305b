// Placeholder until the first type of SavedModels.
