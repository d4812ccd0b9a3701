#ifndef HOLDFAST_CPROTOBUFC_SHIM_H
#define HOLDFAST_CPROTOBUFC_SHIM_H
#include <protobuf-c/protobuf-c.h>
#endif
