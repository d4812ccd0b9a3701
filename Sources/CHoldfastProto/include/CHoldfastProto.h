/* Made by tools/generate. Do not edit. */
#include "holdfast/rpc/v1/error_details.pb-c.h"
#include "holdfast/rpc/v1/frame.pb-c.h"
#include "holdfast/v1/admin.pb-c.h"
#include "holdfast/v1/echo.pb-c.h"
#include "holdfast/v1/election.pb-c.h"
#include "holdfast/v1/health.pb-c.h"
#include "holdfast/v1/lock.pb-c.h"
