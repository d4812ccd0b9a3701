#pragma once

/* The reader of replies and the writer of commands; connections are our own. */
#include <hiredis/hiredis.h>
#include <hiredis/read.h>
