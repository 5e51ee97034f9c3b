/*
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Memory of the machines. The device machine gets either separate blocks (fixed or growing) or, with a static block, the
 * allocator of Moddable's microcontroller builds: slots grow down from its end, chunks up from its start, and a collection
 * hands free chunk space over to slots. The ROM machine lives in an arena that is write-protected once it is linked.
 */
#include "xs-host.h"
#include <sys/mman.h>

#define ROM_ARENA (64 * 1024 * 1024)

static uint8_t *arena;
static size_t arenaUsed;
static int arenaOpen;

static int inArena(void *address) {
  return arena && ((uint8_t *)address >= arena) && ((uint8_t *)address < arena + ROM_ARENA);
}

void romOpen(void) {
  arena = mmap(NULL, ROM_ARENA, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (arena == MAP_FAILED)
    fatal("no memory for the ROM");
  arenaOpen = 1;
}

void *romAllocate(size_t size) {
  uint8_t *result = arena + arenaUsed;
  arenaUsed += (size + 15) & ~(size_t)15;
  if (arenaUsed > ROM_ARENA)
    fatal("the ROM is full");
  return result;
}

void romProtect(void) {
  arenaOpen = 0;
  if (mprotect(arena, ROM_ARENA, PROT_READ))
    fatal("the ROM cannot be write-protected");
}

void *hostAllocateTable(size_t size) {
  return arenaOpen ? romAllocate(size) : malloc(size);
}

void hostFreeTable(void *table) {
  if (!inArena(table))
    free(table);
}

void fxCreateMachinePlatform(txMachine *the) {
  the->host = the->context;
  the->host->machine = the;
}

void fxDeleteMachinePlatform(txMachine *the) {
  (void)the;
}

/* Asked to extend the only block: what is still free at its end counts. The engine adds `size` to the limit again. */
static void *growChunks(Host *host, txBlock *block, txSize size) {
  txMachine *the = host->machine;
  txSize wanted = size - (txSize)sizeof(txBlock);
  txSize more = wanted - (txSize)(block->limit - block->current);
  if (host->low + more > host->high)
    return NULL;
  host->low += more;
  block->limit = (txByte *)host->low - size;
  the->maximumChunksSize += more - wanted;
  return block->limit;
}

void *fxAllocateChunks(txMachine *the, txSize size) {
  Host *host = the->host;
  void *result;
  if (host->role == ROM_ROLE)
    return romAllocate(size);
  if (!host->block)
    return malloc(size);
  if (the->firstBlock)
    return growChunks(host, the->firstBlock, size);
  if (host->low + size > host->high)
    fxAbort(the, XS_NOT_ENOUGH_MEMORY_EXIT);
  result = host->low;
  host->low += size;
  return result;
}

static void *takeSlots(Host *host, txSize size) {
  if (host->high - size < host->low)
    return NULL;
  host->high -= size;
  return host->high;
}

txSlot *fxAllocateSlots(txMachine *the, txSize count) {
  Host *host = the->host;
  txSize size = count * (txSize)sizeof(txSlot);
  txBlock *block = the->firstBlock;
  txSlot *result;
  if (host->role == ROM_ROLE)
    return romAllocate(size);
  if (!host->block)
    return malloc(size);
  result = takeSlots(host, size);
  if (!result && block) {
    fxCollect(the, XS_COMPACT_FLAG | XS_ORGANIC_FLAG);
    the->maximumChunksSize -= (txSize)(block->limit - block->current);
    host->low = (uint8_t *)block->current;
    block->limit = block->current;
    result = takeSlots(host, size);
  }
  if (!result && !the->stackBottom)
    fxAbort(the, XS_NOT_ENOUGH_MEMORY_EXIT);
  return result;
}

void fxFreeChunks(txMachine *the, void *chunks) {
  if ((the->host->role != ROM_ROLE) && !the->host->block)
    free(chunks);
}

void fxFreeSlots(txMachine *the, void *slots) {
  if ((the->host->role != ROM_ROLE) && !the->host->block)
    free(slots);
}
