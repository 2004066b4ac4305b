// Placeholder until the first type of Compiler.
