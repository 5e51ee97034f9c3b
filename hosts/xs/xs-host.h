/*
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * What the files of xs-host share: one Host for each machine, the table of modules, and the values that cross between machines.
 */
#ifndef XS_HOST_H
#define XS_HOST_H

#include "xsAll.h"
#include "xsScript.h"

typedef enum { ROM_ROLE, DEVICE_ROLE, WORLD_ROLE } Role;

/* A call from outside into the device machine: where to go on when the machine dies in the middle of it. */
typedef struct Boundary {
  struct Boundary *outer;
  jmp_buf jump;
} Boundary;

typedef struct Host {
  Role role;
  txMachine *machine;
  txCreation creation;
  /* Static block: slots grow down from `high`, chunks up from `low`. NULL for separate blocks. */
  uint8_t *block, *low, *high;
  txSize blockSize;
  int promiseJobs;
  uint64_t meter;             /* steps before the machine's own counter was last reset */
  uint64_t collections;
  txU2 lastCollections;
  txSlot bridgeHandler;
  Boundary *boundary;
  int dead;                   /* power was cut, or the machine aborted: nothing of it may run again */
  char epitaph[200];
} Host;

typedef struct Options {
  int rom, catchAborts, aliases;
  const char *profile, *report, *world, *main, *kvDirectory;
  txSize staticSize, chunks, heap, stack, keys;
  uint64_t meterLimit;
} Options;

typedef struct Memory {
  double slotSize, slotsUsed, slotsPeak, slotsTotal, chunksUsed, chunksPeak, chunksTotal, stackUsed, stackPeak, stackTotal, staticTotal,
    staticFree, live, tables, keys, keysTotal, aliases, aliasesUsed, romSlots, romChunks, romCode, romKeys, parserPeak, collections, meter;
} Memory;

extern Options options;
extern Host deviceHost, worldHost, romHost;
extern txSize romCodeSize, romChunkSize;
extern txID romAliasCount;

/* xs-host.c */
extern const char *memoryNames[];
extern int memoryCount(void);
extern void measure(Host *host, Memory *memory);
extern uint64_t meterOf(Host *host);
extern void samplePeaks(Host *host);
extern void describeException(txMachine *the, char *text, size_t size);
extern void fatal(const char *format, ...) XS_FUNCTION_NORETURN;
extern void startMachine(Host *host);
extern void stopMachine(Host *host);
extern void runMain(txMachine *the, const char *module);
extern void finish(int status, const char *reason) XS_FUNCTION_NORETURN;

/* allocator.c */
extern void *romAllocate(size_t size);
extern void romOpen(void);
extern void romProtect(void);

/* modules.c */
typedef struct Module {
  struct Module *next;
  char *name;
  char *path;               /* NULL: text */
  const char *text;
  size_t size;
  int preload;
  txScript *script;         /* byte code in ROM, symbols resolved */
} Module;
extern Module *modules;
extern Module *addModule(const char *name, const char *path, int preload);
extern Module *findModule(const char *name);
extern void addBuiltInModules(void);
extern txScript *parseModule(txMachine *the, Module *module);

/* rom.c */
extern void linkRom(void);

/* natives.c */
extern void installNatives(txMachine *the);
extern void installDeviceObject(txMachine *the);

/* turns.c */
extern double monotonicMs(void);
extern int runTurn(int wait);
extern void runPromises(Host *host);
extern void forgetMachine(txMachine *the);
extern void host_timerSet(txMachine *the);
extern void host_timerSchedule(txMachine *the);
extern void host_timerClear(txMachine *the);
extern void host_tcpOpen(txMachine *the);
extern void host_tcpRead(txMachine *the);
extern void host_tcpWrite(txMachine *the);
extern void host_tcpClose(txMachine *the);

/* stores.c */
extern void addPartition(const char *name, size_t size, const char *file);
extern void host_kvRead(txMachine *the);
extern void host_kvWrite(txMachine *the);
extern void host_kvDelete(txMachine *the);
extern void host_kvKeys(txMachine *the);
extern void host_flashSize(txMachine *the);
extern void host_flashRead(txMachine *the);
extern void host_flashWrite(txMachine *the);
extern void host_flashErase(txMachine *the);

/* bridge.c */
typedef struct Wire {
  enum { WIRE_UNDEFINED, WIRE_NULL, WIRE_BOOLEAN, WIRE_INTEGER, WIRE_NUMBER, WIRE_STRING, WIRE_BUFFER, WIRE_BYTES } kind;
  double number;
  char *data;
  size_t size;
} Wire;
extern const char *toWire(txMachine *the, txSlot *slot, Wire *wire);
extern void pushWire(txMachine *the, const Wire *wire);
extern void freeWire(Wire *wire);
extern void throwText(txMachine *the, const char *text) XS_FUNCTION_NORETURN;
extern void bridge(txMachine *the);
extern void onBridge(txMachine *the);
extern void dieAtBoundary(Host *host, const char *epitaph) XS_FUNCTION_NORETURN;

#endif
