/* Made by tools/generate. Do not edit. */
#include "holdfast/v1/admin.pb-c.h"
#include "holdfast/v1/echo.pb-c.h"
#include "holdfast/v1/election.pb-c.h"
#include "holdfast/v1/health.pb-c.h"
#include "holdfast/v1/key.pb-c.h"
#include "holdfast/v1/lock.pb-c.h"
#include "holdfast/v1/session.pb-c.h"
#include "holdfast/v1/watch.pb-c.h"
