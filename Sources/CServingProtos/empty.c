#include "CServingProtos.h"
