/* Made by tools/generate. Do not edit. */
#include "greeter/v1/greeter.pb-c.h"
