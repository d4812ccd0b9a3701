/* Made by tools/generate. Do not edit. */
#include "holdfast/rpc/v1/error_details.pb-c.h"
#include "holdfast/rpc/v1/frame.pb-c.h"
