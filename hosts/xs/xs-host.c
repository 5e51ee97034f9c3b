/*
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * xs-host: the XS engine of the npm package @agoric/xsnap as a Linux program that runs a device bundle with an ESP32's memory.
 *
 *   xs-host [options] main.js             one machine: main.js, budgeted
 *   xs-host [options] --world world.js device.js   two machines: device.js budgeted and measured, world.js roomy and unmetered
 *
 *   --rom                   builtins, host functions, byte code, symbols and preloaded modules live in a write-protected machine,
 *                           outside the budget, as in the flash of a device; the machine that is measured is its clone
 *   --profile esp32         chunks 78,848 bytes and 4,928 slots fixed, stack 512 slots (64-bit: chunk bytes doubled)
 *   --profile esp32c3       one static block of 94,208 bytes with Moddable's allocator, stack 512 slots as manifest.json asks
 *   --static N              one static block of N bytes for slots, chunks and JavaScript stack; without --chunk and --heap it
 *                           starts with 512 bytes of chunks and 64 slots and grows by 128 bytes and 32 slots; without --profile
 *                           the stack has 256 slots
 *   --chunk N[+M] --heap N[+M] --stack N --keys N[+M]   the creation record: initial, and growth (0: fixed), bytes or slots
 *   --meter N               ends with status 77 after N steps of the measured machine
 *   --report FILE           memory report as one line of JSON, also after an abort
 *   --mod NAME=PATH         a module that may be imported by that name (with --rom its byte code is in ROM)
 *   --preload NAME=PATH     the same, run while the ROM is made: its objects cost no RAM
 *   --kv DIRECTORY          files of embedded:storage/key-value
 *   --flash NAME=SIZE[,FILE] a partition of embedded:storage/flash, in memory or over a file
 *   --aliases               lists on stderr what of the ROM is not read-only and so costs a pointer of RAM each
 *   --catch-aborts          in two machines: memory full, stack overflow ... throw in the world and kill the device machine only
 *
 * The last argument is a path, or the name of a module given before. A function default export is called. Exit status: 0; 70 plus
 * the engine's code after an abort (71 memory full, 72 stack overflow, 75 unhandled exception, 76 no more keys, 77 too much
 * computation, 78 unhandled rejection); 64 for bad arguments or modules that cannot be linked; or that of host.exit(n).
 *
 * Globals of both machines
 *   print(...), trace(...)                  stdout, with and without a newline
 *   bridge(name, ...arguments)              calls the other side's handler now and returns its result
 *   onBridge(function (name, ...arguments)) this side's handler
 *   host.gc(), host.memory(), host.meter(), host.now() (ms), host.exit(status), host.randomBytes(n)
 * Modules of both: timer, time, embedded:io/socket/tcp, embedded:storage/key-value, embedded:storage/flash.
 * Globals of the world only
 *   device.boot()        switches on: a fresh clone runs device.js's default export. Throws what that throws after an abort
 *                        that is caught (--catch-aborts) or a cut. A machine that is still on is cut first.
 *   device.cut()         switches off at once. Inside a bridge call no device code runs any more; the world's outermost call
 *                        into the device (bridge or device.boot) then throws 'the power was cut'.
 *   device.alive(), device.memory(), device.gc(), device.meter(), device.resetPeaks()
 *
 * A device bundle that is preloaded, with glue that implements its Host by bridge calls:
 *   xs-host --rom --profile esp32 --preload ocpp=build/device/ocpp.js --world world.js glue.js
 * where glue.js begins with `import { ChargePoint } from 'ocpp'`. Preload the glue too (`--preload glue=glue.js --world world.js
 * glue`) when its classes shall cost no RAM either, as on a device.
 */
#include "xs-host.h"

Options options;
Host deviceHost, worldHost, romHost;

static Memory lastMemory;

/* Ends */

static void printMemory(FILE *file, int status, const char *reason) {
  const double *values = (const double *)&lastMemory;
  int i;
  fprintf(file, "{\"status\":%d,\"reason\":\"%s\"", status, reason);
  for (i = 0; i < memoryCount(); i++)
    fprintf(file, ",\"%s\":%.0f", memoryNames[i], values[i]);
  fprintf(file, "}\n");
}

void finish(int status, const char *reason) {
  FILE *file;
  if (deviceHost.machine)
    measure(&deviceHost, &lastMemory);
  fflush(stdout);
  if (status >= 70)
    printMemory(stderr, status, reason);
  if (options.report && (file = fopen(options.report, "w"))) {
    printMemory(file, status, reason);
    fclose(file);
  }
  fflush(stderr);
  _exit(status);
}

void fatal(const char *format, ...) {
  va_list arguments;
  fflush(stdout);
  fprintf(stderr, "xs-host: ");
  va_start(arguments, format);
  vfprintf(stderr, format, arguments);
  va_end(arguments);
  fprintf(stderr, "\n");
  _exit(64);
}

void describeException(txMachine *the, char *text, size_t size) {
  text[0] = 0;
  mxTry(the) {
    mxPush(mxException);
    snprintf(text, size, "%s", fxToString(the, the->stack));
    mxPop();
    if (mxIsReference(&mxException)) {
      mxPush(mxException);
      mxGetID(mxID(_stack));
      if (the->stack->kind != XS_UNDEFINED_KIND)
        snprintf(text + strlen(text), size - strlen(text), "\n%s", fxToString(the, the->stack));
      mxPop();
    }
  }
  mxCatch(the) {
  }
}

static const char *abortName(int status) {
  switch (status) {
  case XS_NOT_ENOUGH_MEMORY_EXIT: return "memory full";
  case XS_STACK_OVERFLOW_EXIT: return "stack overflow";
  case XS_DEAD_STRIP_EXIT: return "dead strip";
  case XS_UNHANDLED_EXCEPTION_EXIT: return "unhandled exception";
  case XS_NO_MORE_KEYS_EXIT: return "not enough keys";
  case XS_TOO_MUCH_COMPUTATION_EXIT: return "too much computation";
  case XS_UNHANDLED_REJECTION_EXIT: return "unhandled rejection";
  default: return "fatal";
  }
}

/* An abort is no exception: on the device it is a restart. */
void fxAbort(txMachine *the, int status) {
  static int aborting;
  Host *host = the->host;
  const char *name = abortName(status);
  char text[600] = "";
  if (!aborting++ && ((status == XS_UNHANDLED_EXCEPTION_EXIT) || (status == XS_UNHANDLED_REJECTION_EXIT)))
    describeException(the, text, sizeof(text));
  aborting = 0;
  if ((host->role == DEVICE_ROLE) && options.catchAborts && host->boundary) {
    char epitaph[sizeof(host->epitaph)];
    snprintf(epitaph, sizeof(epitaph), "%.40s%s%.150s", name, text[0] ? ": " : "", text);
    dieAtBoundary(host, epitaph);
  }
  fflush(stdout);
  fprintf(stderr, "XS abort: %s%s%s%s\n", host->role == WORLD_ROLE ? "world: " : host->role == ROM_ROLE ? "ROM: " : "", name,
    text[0] ? ": " : "", text);
  finish(70 + status, name);
}

/* Measuring */

const char *memoryNames[] = {
  "slotSize", "slotsUsed", "slotsPeak", "slotsTotal", "chunksUsed", "chunksPeak", "chunksTotal", "stackUsed", "stackPeak", "stackTotal",
  "staticTotal", "staticFree", "live", "tables", "keys", "keysTotal", "aliases", "aliasesUsed", "romSlots", "romChunks", "romCode",
  "romKeys", "parserPeak", "collections", "meter",
};

int memoryCount(void) {
  return (int)(sizeof(memoryNames) / sizeof(memoryNames[0]));
}

uint64_t meterOf(Host *host) {
  return host->meter + host->machine->meterIndex;
}

/* The engine counts collections in 16 bits. */
void samplePeaks(Host *host) {
  txU2 count;
  if (!host->machine)
    return;
  count = host->machine->garbageCollectionCount;
  host->collections += (txU2)(count - host->lastCollections);
  host->lastCollections = count;
}

static const uint8_t paint = 0xA5;

static int isPainted(const txSlot *slot) {
  const uint8_t *bytes = (const uint8_t *)slot;
  size_t i;
  for (i = 0; i < sizeof(txSlot); i++)
    if (bytes[i] != paint)
      return 0;
  return 1;
}

/*
 * How deep the stack ever was: down to the first 8 slots in a row that still have their paint. Below that the engine uses the free
 * end of the stack as scratch memory for numbers and regular expressions, which says nothing.
 */
static double stackPeak(txMachine *the) {
  txSlot *slot = the->stack, *deepest = the->stack;
  int clean = 0;
  while ((slot > the->stackBottom) && (clean < 8)) {
    slot--;
    clean = isPainted(slot) ? clean + 1 : 0;
    if (!clean)
      deepest = slot;
  }
  return (double)((uint8_t *)the->stackTop - (uint8_t *)deepest);
}

static double usedAliases(txMachine *the) {
  double count = 0;
  txID i;
  for (i = 0; the->aliasArray && (i < the->aliasCount); i++)
    if (the->aliasArray[i])
      count++;
  return count;
}

static void measureRom(Memory *memory) {
  txMachine *rom = romHost.machine;
  if (!rom)
    return;
  memory->romSlots = (double)rom->currentHeapCount * sizeof(txSlot);
  memory->romChunks = romChunkSize;
  memory->romCode = romCodeSize;
  memory->romKeys = rom->keyIndex;
}

static void measureStatic(Host *host, Memory *memory) {
  txBlock *block = host->machine->firstBlock;
  memory->staticTotal = host->blockSize;
  if (host->block && block)
    memory->staticFree = (double)(host->high - host->low) + (double)(block->limit - block->current);
}

void measure(Host *host, Memory *memory) {
  txMachine *the = host->machine;
  samplePeaks(host);
  memset(memory, 0, sizeof(*memory));
  memory->slotSize = sizeof(txSlot);
  memory->slotsUsed = the->currentHeapCount;
  memory->slotsPeak = the->peakHeapCount;
  memory->slotsTotal = the->maximumHeapCount;
  memory->chunksUsed = the->currentChunksSize;
  memory->chunksPeak = the->peakChunksSize;
  memory->chunksTotal = the->maximumChunksSize;
  memory->stackUsed = (double)((uint8_t *)the->stackTop - (uint8_t *)the->stack);
  memory->stackPeak = stackPeak(the);
  memory->stackTotal = (double)((uint8_t *)the->stackTop - (uint8_t *)the->stackBottom);
  memory->live = memory->slotsUsed * memory->slotSize + memory->chunksUsed;
  memory->keys = the->keyIndex - the->keyOffset;
  memory->keysTotal = the->keyCount - the->keyOffset;
  memory->aliases = the->aliasCount;
  memory->aliasesUsed = usedAliases(the);
  memory->tables = (memory->keysTotal + the->aliasCount + the->nameModulo + the->symbolModulo) * sizeof(void *);
  memory->parserPeak = the->peakParserSize;
  memory->collections = (double)host->collections;
  memory->meter = (double)meterOf(host);
  measureStatic(host, memory);
  measureRom(memory);
}

static txBoolean onMeter(txMachine *the, txU4 index) {
  Host *host = the->host;
  host->meter += index;
  the->meterIndex = 0;
  return !options.meterLimit || (host->role == WORLD_ROLE) || (host->meter < options.meterLimit);
}

static txU4 meterInterval(Host *host) {
  uint64_t limit = (host->role == DEVICE_ROLE) ? options.meterLimit : 0;
  return (limit && (limit < 1000000)) ? (txU4)limit : limit ? 1000000 : 0x40000000;
}

/* Machines */

static void resetHost(Host *host) {
  host->machine = NULL;
  host->promiseJobs = host->dead = 0;
  host->meter = host->collections = 0;
  host->lastCollections = 0;
  memset(&host->bridgeHandler, 0, sizeof(txSlot));
  host->blockSize = host->creation.staticSize;
  host->block = host->blockSize ? calloc(1, (size_t)host->blockSize) : NULL;
  host->low = host->block;
  host->high = host->block ? host->block + host->blockSize : NULL;
}

void startMachine(Host *host) {
  txMachine *the;
  int clone = options.rom && (host->role == DEVICE_ROLE);
  resetHost(host);
  if (clone)
    the = fxCloneMachine(&host->creation, romHost.machine, "device", host);
  else
    the = fxCreateMachine(&host->creation, "machine", host, XS_NO_ID);
  if (!the)
    fatal("no machine");
  if (!clone) {
    fxBeginHost(the);
    installNatives(the);
    if (host->role == WORLD_ROLE)
      installDeviceObject(the);
    fxEndHost(the);
  }
  memset(the->stackBottom, paint, (size_t)((uint8_t *)the->stack - (uint8_t *)the->stackBottom));
  fxBeginMetering(the, onMeter, meterInterval(host));
}

void stopMachine(Host *host) {
  if (host->role == DEVICE_ROLE)
    measure(host, &lastMemory);
  forgetMachine(host->machine);
  fxDeleteMachine(host->machine);
  host->machine = NULL;
  host->boundary = NULL;
  free(host->block);
  host->block = NULL;
}

void runMain(txMachine *the, const char *module) {
  fxBeginHost(the);
  {
    mxTry(the) {
      mxPushStringC((txString)module);
      fxAwaitImport(the, XS_IMPORT_DEFAULT);
      if (mxIsReference(the->stack) && mxIsCallable(the->stack->value.reference)) {
        txSlot *function = the->stack;
        mxPushUndefined();
        mxPushSlot(function);
        mxCall();
        mxRunCount(0);
        mxPop();
      }
      mxPop();
    }
    mxCatch(the) {
      fxAbort(the, XS_UNHANDLED_EXCEPTION_EXIT);
    }
  }
  fxEndHost(the);
}

/* Arguments */

static void roomy(txCreation *creation) {
  creation->initialChunkSize = creation->incrementalChunkSize = 1024 * 1024;
  creation->initialHeapCount = creation->incrementalHeapCount = 32 * 1024;
  creation->stackCount = 16 * 1024;
  creation->initialKeyCount = creation->incrementalKeyCount = 2048;
  creation->nameModulo = 1993;
  creation->symbolModulo = 127;
  creation->parserBufferSize = 1024 * 1024;
  creation->parserTableModulo = 1993;
}

static void profile(txCreation *creation, const char *name) {
  const txSize width = sizeof(void *) / 4;
  creation->initialKeyCount = creation->incrementalKeyCount = 32;
  creation->nameModulo = 53;
  creation->symbolModulo = 3;
  if (!strcmp(name, "esp32")) {
    creation->initialChunkSize = 78848 * width;
    creation->initialHeapCount = 4928;
    creation->incrementalChunkSize = creation->incrementalHeapCount = 0;
    creation->stackCount = 512;
  }
  else if (!strcmp(name, "esp32c3")) {
    creation->staticSize = 94208 * width;
    creation->initialChunkSize = 1536;
    creation->incrementalChunkSize = 512;
    creation->initialHeapCount = 512;
    creation->incrementalHeapCount = 64;
    creation->stackCount = 512;
  }
  else {
    fatal("--profile %s: esp32 or esp32c3", name);
  }
}

static void staticBlock(txCreation *creation, const char *size) {
  if (creation->nameModulo != 53) {
    profile(creation, "esp32c3");
    creation->stackCount = 256;
  }
  creation->staticSize = atoi(size);
  creation->initialChunkSize = 512;
  creation->incrementalChunkSize = 128;
  creation->initialHeapCount = 64;
  creation->incrementalHeapCount = 32;
}

static void pair(const char *text, txSize *initial, txSize *incremental) {
  const char *plus = strchr(text, '+');
  *initial = atoi(text);
  *incremental = plus ? atoi(plus + 1) : 0;
}

static char *split(const char *option, char *text) {
  char *equals = strchr(text, '=');
  if (!equals)
    fatal("%s %s: NAME=... expected", option, text);
  *equals = 0;
  return equals + 1;
}

static void flashOption(char *text) {
  char *size = split("--flash", text);
  char *comma = strchr(size, ',');
  addPartition(text, (size_t)atol(size), comma ? comma + 1 : NULL);
}

/* 1 when the option took its value. */
static int creationOption(txCreation *creation, const char *option, char *value) {
  if (!strcmp(option, "--profile"))
    profile(creation, value);
  else if (!strcmp(option, "--static"))
    staticBlock(creation, value);
  else if (!strcmp(option, "--chunk"))
    pair(value, &creation->initialChunkSize, &creation->incrementalChunkSize);
  else if (!strcmp(option, "--heap"))
    pair(value, &creation->initialHeapCount, &creation->incrementalHeapCount);
  else if (!strcmp(option, "--keys"))
    pair(value, &creation->initialKeyCount, &creation->incrementalKeyCount);
  else if (!strcmp(option, "--stack"))
    creation->stackCount = atoi(value);
  else
    return 0;
  return 1;
}

static void valueOption(const char *option, char *value) {
  if (!strcmp(option, "--meter"))
    options.meterLimit = strtoull(value, NULL, 10);
  else if (!strcmp(option, "--report"))
    options.report = value;
  else if (!strcmp(option, "--world"))
    options.world = value;
  else if (!strcmp(option, "--kv"))
    options.kvDirectory = value;
  else if (!strcmp(option, "--flash"))
    flashOption(value);
  else if (!strcmp(option, "--mod"))
    addModule(value, split(option, value), 0);
  else if (!strcmp(option, "--preload"))
    addModule(value, split(option, value), 1);
  else
    fatal("%s: unknown option", option);
}

static int readOption(int argc, char **argv, int i) {
  if (!strcmp(argv[i], "--rom"))
    options.rom = 1;
  else if (!strcmp(argv[i], "--catch-aborts"))
    options.catchAborts = 1;
  else if (!strcmp(argv[i], "--aliases"))
    options.aliases = 1;
  else if (i + 1 >= argc)
    fatal("%s: value expected", argv[i]);
  else {
    if (!creationOption(&deviceHost.creation, argv[i], argv[i + 1]))
      valueOption(argv[i], argv[i + 1]);
    return 2;
  }
  return 1;
}

/* The profile and the static block are read first, so that --chunk and the like may come in any order. */
static void readOptions(int argc, char **argv) {
  static const char *early[] = { "--profile", "--static" };
  int i, pass;
  for (pass = 0; pass < 2; pass++)
    for (i = 1; i + 1 < argc; i++)
      if (!strcmp(argv[i], early[pass]))
        creationOption(&deviceHost.creation, argv[i], argv[i + 1]);
  for (i = 1; i < argc;) {
    if (argv[i][0] != '-') {
      options.main = argv[i++];
      continue;
    }
    if (!strcmp(argv[i], early[0]) || !strcmp(argv[i], early[1]))
      i += 2;
    else
      i += readOption(argc, argv, i);
  }
  if (!options.main)
    fatal("usage: xs-host [options] [--world world.js] main.js");
}

/* The main module is imported as "main", unless it is a module that was named before. */
static void addMain(const char *name, const char *path) {
  Module *named = findModule(path);
  Module *module = addModule(name, named ? named->path : path, named ? named->preload : 0);
  if (module->path && access(module->path, R_OK))
    fatal("%s: %s", module->path, strerror(errno));
}

int main(int argc, char **argv) {
  txMachine *the;
  monotonicMs();
  roomy(&deviceHost.creation);
  roomy(&worldHost.creation);
  deviceHost.role = DEVICE_ROLE;
  worldHost.role = WORLD_ROLE;
  addBuiltInModules();
  readOptions(argc, argv);
  addMain("main", options.main);
  if (options.rom)
    linkRom();
  if (options.world)
    addMain("world", options.world);
  if (options.world)
    startMachine(&worldHost);
  else
    startMachine(&deviceHost);
  the = options.world ? worldHost.machine : deviceHost.machine;
  runMain(the, options.world ? "world" : "main");
  while (runTurn(1))
    ;
  if (deviceHost.machine)
    fxCheckUnhandledRejections(deviceHost.machine, 1);
  if (worldHost.machine)
    fxCheckUnhandledRejections(worldHost.machine, 1);
  finish(0, "done");
}
