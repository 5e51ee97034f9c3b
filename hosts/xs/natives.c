/*
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The host functions: global `host`, `print`, `trace`, `bridge` and `onBridge` in every machine, and `device` in the world.
 */
#include "xs-host.h"

/* Text and the machine itself */

static void printArguments(txMachine *the, const char *separator) {
  int i;
  for (i = 0; i < mxArgc; i++) {
    if (i)
      fputs(separator, stdout);
    fputs(fxToString(the, mxArgv(i)), stdout);
  }
}

static void print(txMachine *the) {
  printArguments(the, " ");
  putchar('\n');
  fflush(stdout);
}

static void trace(txMachine *the) {
  printArguments(the, "");
  fflush(stdout);
}

static void host_gc(txMachine *the) {
  fxCollect(the, XS_COMPACT_FLAG);
}

static void host_now(txMachine *the) {
  mxResult->kind = XS_NUMBER_KIND;
  mxResult->value.number = monotonicMs();
}

static void host_meter(txMachine *the) {
  mxResult->kind = XS_NUMBER_KIND;
  mxResult->value.number = (double)meterOf(the->host);
}

static void host_exit(txMachine *the) {
  finish((mxArgc > 0) ? fxToInteger(the, mxArgv(0)) : 0, "exit");
}

static void pushMemory(txMachine *the, Host *host) {
  Memory memory;
  double *values = (double *)&memory;
  txSlot *slot;
  int i;
  measure(host, &memory);
  mxPush(mxObjectPrototype);
  slot = fxLastProperty(the, fxNewObjectInstance(the));
  for (i = 0; i < memoryCount(); i++)
    slot = fxNextNumberProperty(the, slot, values[i], fxID(the, (txString)memoryNames[i]), XS_NO_FLAG);
}

static void host_memory(txMachine *the) {
  pushMemory(the, the->host);
  mxPullSlot(mxResult);
}

static void host_randomBytes(txMachine *the) {
  uint8_t bytes[1024];
  int length = fxToInteger(the, mxArgv(0));
  int fd = open("/dev/urandom", O_RDONLY);
  if ((length < 0) || (length > (int)sizeof(bytes)) || (fd < 0) || (read(fd, bytes, (size_t)length) != length))
    mxRangeError("randomBytes");
  close(fd);
  fxArrayBuffer(the, mxResult, bytes, length, -1);
}

/* device: what the world may do with the device machine */

static void device_boot(txMachine *the) {
  Host *host = &deviceHost;
  Boundary boundary;
  if (host->boundary)
    throwText(the, "device.boot: a call into the device is still running");
  if (host->machine)
    stopMachine(host);
  startMachine(host);
  boundary.outer = NULL;
  host->boundary = &boundary;
  if (setjmp(boundary.jump) == 0) {
    runMain(host->machine, "main");
    samplePeaks(host);
    runPromises(host);
  }
  host->boundary = NULL;
  if (host->dead) {
    stopMachine(host);
    throwText(the, host->epitaph);
  }
}

static void device_cut(txMachine *the) {
  Host *host = &deviceHost;
  (void)the;
  if (!host->machine || host->dead)
    return;
  samplePeaks(host);
  snprintf(host->epitaph, sizeof(host->epitaph), "the power was cut");
  host->dead = 1;
  if (!host->boundary)
    stopMachine(host);
}

static void device_alive(txMachine *the) {
  mxResult->kind = XS_BOOLEAN_KIND;
  mxResult->value.boolean = deviceHost.machine && !deviceHost.dead;
}

static txMachine *liveDevice(txMachine *the) {
  if (!deviceHost.machine || deviceHost.dead)
    throwText(the, "the device is off");
  return deviceHost.machine;
}

static void device_memory(txMachine *the) {
  liveDevice(the);
  pushMemory(the, &deviceHost);
  mxPullSlot(mxResult);
}

static void device_gc(txMachine *the) {
  fxCollect(liveDevice(the), XS_COMPACT_FLAG);
}

static void device_meter(txMachine *the) {
  liveDevice(the);
  mxResult->kind = XS_NUMBER_KIND;
  mxResult->value.number = (double)meterOf(&deviceHost);
}

/* Forgets peaks, so that the next ones belong to what follows. */
static void device_resetPeaks(txMachine *the) {
  txMachine *device = liveDevice(the);
  device->peakHeapCount = device->currentHeapCount;
  device->peakChunksSize = device->currentChunksSize;
  memset(device->stackBottom, 0xA5, (size_t)((uint8_t *)device->stack - (uint8_t *)device->stackBottom));
}

/* Installation */

static txSlot *defineFunction(txMachine *the, txSlot *last, const char *name, txCallback callback, int length) {
  return fxNextHostFunctionProperty(the, last, callback, length, fxID(the, (txString)name), XS_DONT_ENUM_FLAG);
}

typedef struct { const char *name; txCallback callback; int length; } Native;

static const Native hostNatives[] = {
  { "gc", host_gc, 0 }, { "memory", host_memory, 0 }, { "meter", host_meter, 0 }, { "exit", host_exit, 1 }, { "now", host_now, 0 },
  { "randomBytes", host_randomBytes, 1 },
  { "timerSet", host_timerSet, 3 }, { "timerSchedule", host_timerSchedule, 3 }, { "timerClear", host_timerClear, 1 },
  { "tcpOpen", host_tcpOpen, 6 }, { "tcpRead", host_tcpRead, 2 }, { "tcpWrite", host_tcpWrite, 2 }, { "tcpClose", host_tcpClose, 1 },
  { "kvRead", host_kvRead, 2 }, { "kvWrite", host_kvWrite, 3 }, { "kvDelete", host_kvDelete, 2 }, { "kvKeys", host_kvKeys, 1 },
  { "flashSize", host_flashSize, 1 }, { "flashRead", host_flashRead, 3 }, { "flashWrite", host_flashWrite, 3 },
  { "flashErase", host_flashErase, 3 }, { NULL, NULL, 0 },
};

static const Native deviceNatives[] = {
  { "boot", device_boot, 0 }, { "cut", device_cut, 0 }, { "alive", device_alive, 0 }, { "memory", device_memory, 0 },
  { "gc", device_gc, 0 }, { "meter", device_meter, 0 }, { "resetPeaks", device_resetPeaks, 0 }, { NULL, NULL, 0 },
};

static const Native globalNatives[] = {
  { "print", print, 1 }, { "trace", trace, 1 }, { "bridge", bridge, 1 }, { "onBridge", onBridge, 1 }, { NULL, NULL, 0 },
};

static void defineAll(txMachine *the, txSlot *object, const Native *natives) {
  txSlot *slot = fxLastProperty(the, object);
  for (; natives->name; natives++)
    slot = defineFunction(the, slot, natives->name, natives->callback, natives->length);
}

static void defineObject(txMachine *the, const char *name, const Native *natives) {
  mxPush(mxObjectPrototype);
  defineAll(the, fxNewObjectInstance(the), natives);
  fxNextSlotProperty(the, fxLastProperty(the, mxGlobal.value.reference), the->stack, fxID(the, (txString)name), XS_DONT_ENUM_FLAG);
  mxPop();
}

void installNatives(txMachine *the) {
  int i;
  mxPush(mxGlobal);
  defineAll(the, mxGlobal.value.reference, globalNatives);
  mxPop();
  defineObject(the, "host", hostNatives);
  for (i = 0; i < memoryCount(); i++)
    fxID(the, (txString)memoryNames[i]);
}

void installDeviceObject(txMachine *the) {
  defineObject(the, "device", deviceNatives);
}
