// Placeholder until the first type of Servables.
