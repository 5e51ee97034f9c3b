/*
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * What the XS engine must know about its platform: Linux, with allocation, modules, aborts and turns supplied by xs-host.
 * Strings stay UTF-8 (no mxCESU8), as on the device, so `length` counts code points.
 */
#ifndef XS_HOST_PLATFORM_H
#define XS_HOST_PLATFORM_H

#undef mxLinux
#define mxLinux 1
#undef mxLittleEndian
#define mxLittleEndian 1

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <float.h>
#include <math.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define mxExport extern
#define mxImport extern
#define XS_FUNCTION_NORETURN __attribute__((noreturn))

#define mxUseGCCAtomics 1
#define mxUsePOSIXThreads 1
#define mxUseDefaultBuildKeys 1
#define mxUseDefaultParseScript 1
#define mxUseDefaultSharedChunks 1
#define mxUseDefaultDebug 1

#if INTPTR_MAX == INT64_MAX
  #define mx32bitID 1
#endif

/* The engine's reports ("# Chunk allocation: ...") go to stderr. */
#define c_printf(...) fprintf(stderr, __VA_ARGS__)
#define c_vprintf(FORMAT, ARGUMENTS) vfprintf(stderr, FORMAT, ARGUMENTS)

struct Host;

#define mxMachinePlatform \
  struct Host *host; \
  void *waiterCondition; \
  void *waiterData; \
  void *waiterLink;

/* The key, name and symbol tables: of the ROM machine they live in the write-protected arena. */
extern void *hostAllocateTable(size_t size);
extern void hostFreeTable(void *table);
#define c_malloc_uint32 hostAllocateTable
#define c_free_uint32 hostFreeTable

#endif
