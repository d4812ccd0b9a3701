/* Made by tools/generate. Do not edit. */
#include "holdfast/test/v1/everything.pb-c.h"
