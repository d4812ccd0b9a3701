#include "CHoldfastProto.h"
