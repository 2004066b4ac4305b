// Umbrella of the generated protobuf-c code.
#include <protobuf-c/protobuf-c.h>
