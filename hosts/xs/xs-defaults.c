/*
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The engine's table of default functions, less the two that give functions a `length` and a `name` property:
 * the device's linker leaves them out too.
 */
#include "xsAll.h"

#define fxNewFunctionLength C_NULL
#define fxNewFunctionName C_NULL
#include "xsDefaults.c"
