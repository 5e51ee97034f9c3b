/*
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The host functions (global `host`, `print`, `trace`, `bridge`, `onBridge`; `device` in the world) and the turns: timers,
 * sockets and promise jobs of all machines.
 */
#include "xs-host.h"
#include <dirent.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>

extern void fxRunPromiseJobs(txMachine *the);

double monotonicMs(void) {
  static double start;
  struct timespec now;
  double ms;
  clock_gettime(CLOCK_MONOTONIC, &now);
  ms = (double)now.tv_sec * 1000 + (double)now.tv_nsec / 1e6;
  if (!start)
    start = ms;
  return ms - start;
}

/* Calling back */

static void callBack(txMachine *the, txSlot *self, txSlot *function, int argument) {
  if (function->kind != XS_REFERENCE_KIND)
    return;
  fxBeginHost(the);
  {
    mxTry(the) {
      mxPushSlot(self);
      mxPushSlot(function);
      mxCall();
      if (argument >= 0)
        mxPushInteger(argument);
      mxRunCount(argument >= 0 ? 1 : 0);
      mxPop();
    }
    mxCatch(the) {
      fxAbort(the, XS_UNHANDLED_EXCEPTION_EXIT);
    }
  }
  fxEndHost(the);
}

void fxQueuePromiseJobs(txMachine *the) {
  the->host->promiseJobs = 1;
}

void runPromises(Host *host) {
  while (host->machine && !host->dead && host->promiseJobs) {
    host->promiseJobs = 0;
    fxRunPromiseJobs(host->machine);
  }
}

/* Timers */

typedef struct Timer {
  struct Timer *next;
  txMachine *machine;       /* NULL: cleared */
  double when, interval;
  txSlot self, function;
} Timer;

static Timer *timers;

static void destroyTimer(void *data) {
  (void)data;
}

static void clearTimer(Timer *timer) {
  txMachine *the = timer->machine;
  if (!the)
    return;
  fxForget(the, &timer->self);
  fxForget(the, &timer->function);
  timer->self.value.reference->next->value.host.data = NULL;
  timer->machine = NULL;
}

static Timer *timerArgument(txMachine *the) {
  if ((mxArgc < 1) || !mxIsReference(mxArgv(0)))
    mxTypeError("no timer");
  return fxGetHostData(the, mxArgv(0));
}

/* host.timerSet(callback, delay, repeat): repeat < 0 for once. */
static void host_timerSet(txMachine *the) {
  Timer *timer;
  double delay = fxToNumber(the, mxArgv(1));
  double repeat = fxToNumber(the, mxArgv(2));
  if (!mxIsReference(mxArgv(0)) || !mxIsCallable(mxArgv(0)->value.reference))
    mxTypeError("callback: no function");
  fxNewHostObject(the, destroyTimer);
  mxPullSlot(mxResult);
  timer = calloc(1, sizeof(Timer));
  timer->machine = the;
  timer->when = monotonicMs() + delay;
  timer->interval = repeat;
  timer->self.kind = timer->function.kind = XS_REFERENCE_KIND;
  timer->self.value.reference = mxResult->value.reference;
  timer->function.value.reference = mxArgv(0)->value.reference;
  fxSetHostData(the, mxResult, timer);
  fxRemember(the, &timer->self);
  fxRemember(the, &timer->function);
  timer->next = timers;
  timers = timer;
}

static void host_timerSchedule(txMachine *the) {
  Timer *timer = timerArgument(the);
  double delay = fxToNumber(the, mxArgv(1));
  double repeat = fxToNumber(the, mxArgv(2));
  if (!timer)
    mxTypeError("the timer has ended");
  timer->when = monotonicMs() + delay;
  timer->interval = repeat;
}

static void host_timerClear(txMachine *the) {
  if ((mxArgc > 0) && (mxArgv(0)->kind != XS_UNDEFINED_KIND) && (mxArgv(0)->kind != XS_NULL_KIND)) {
    Timer *timer = timerArgument(the);
    if (timer)
      clearTimer(timer);
  }
}

static void sweepTimers(void) {
  Timer **address = &timers;
  Timer *timer;
  while ((timer = *address)) {
    if (timer->machine) {
      address = &timer->next;
    }
    else {
      *address = timer->next;
      free(timer);
    }
  }
}

static Timer *firstTimer(void) {
  Timer *timer = timers, *first = NULL;
  for (; timer; timer = timer->next)
    if (timer->machine && (!first || (timer->when <= first->when)))
      first = timer;
  return first;
}

static void fireTimer(Timer *timer) {
  txMachine *the = timer->machine;
  txSlot self = timer->self, function = timer->function;
  if (timer->interval >= 0)
    timer->when += timer->interval > 1 ? timer->interval : 1;
  else
    clearTimer(timer);
  fxBeginHost(the);
  {
    mxTry(the) {
      mxPushUndefined();
      mxPush(function);
      mxCall();
      mxPush(self);
      mxRunCount(1);
      mxPop();
    }
    mxCatch(the) {
      fxAbort(the, XS_UNHANDLED_EXCEPTION_EXIT);
    }
  }
  fxEndHost(the);
}

/* Sockets: buffers of 8,192 bytes each way, as the SDK configures lwIP */

#define SOCKET_BUFFER 8192

typedef struct Socket {
  struct Socket *next;
  txMachine *machine;
  int fd, connected, failed, wantsWrite;
  int received, sending;
  uint8_t in[SOCKET_BUFFER], out[SOCKET_BUFFER];
  txSlot self, onReadable, onWritable, onError;
} Socket;

static Socket *sockets;

static void closeSocket(Socket *it) {
  txMachine *the = it->machine;
  if (!the)
    return;
  fxForget(the, &it->self);
  fxForget(the, &it->onReadable);
  fxForget(the, &it->onWritable);
  fxForget(the, &it->onError);
  if (it->fd >= 0)
    close(it->fd);
  it->fd = -1;
  it->machine = NULL;
}

static void rememberCallback(txMachine *the, txSlot *target, txSlot *source) {
  target->kind = source->kind;
  target->value = source->value;
  fxRemember(the, target);
}

static Socket *socketArgument(txMachine *the) {
  Socket *it = (mxArgc > 0) ? fxGetHostData(the, mxArgv(0)) : NULL;
  return (it && it->machine) ? it : NULL;
}

static int connectSocket(const char *address, int port) {
  struct sockaddr_in to;
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  memset(&to, 0, sizeof(to));
  to.sin_family = AF_INET;
  to.sin_port = htons((uint16_t)port);
  if ((fd < 0) || !inet_aton(address, &to.sin_addr))
    return -1;
  if (connect(fd, (struct sockaddr *)&to, sizeof(to)) && (errno != EINPROGRESS)) {
    close(fd);
    return -1;
  }
  return fd;
}

/* host.tcpOpen(self, address, port, onReadable, onWritable, onError) */
static void host_tcpOpen(txMachine *the) {
  Socket *it;
  int port = fxToInteger(the, mxArgv(2));
  char address[64];
  if (mxArgc < 6)
    mxTypeError("tcpOpen");
  fxToStringBuffer(the, mxArgv(1), address, sizeof(address));
  if ((port <= 0) || (port > 65535))
    mxRangeError("invalid port");
  fxNewHostObject(the, NULL);
  mxPullSlot(mxResult);
  it = calloc(1, sizeof(Socket));
  it->machine = the;
  it->fd = connectSocket(address, port);
  it->failed = it->fd < 0;
  rememberCallback(the, &it->self, mxArgv(0));
  rememberCallback(the, &it->onReadable, mxArgv(3));
  rememberCallback(the, &it->onWritable, mxArgv(4));
  rememberCallback(the, &it->onError, mxArgv(5));
  fxSetHostData(the, mxResult, it);
  it->next = sockets;
  sockets = it;
}

/* host.tcpRead(socket, count): an ArrayBuffer; undefined when there is nothing. */
static void host_tcpRead(txMachine *the) {
  Socket *it = socketArgument(the);
  int count;
  if (!it || !it->received)
    return;
  count = ((mxArgc > 1) && (mxArgv(1)->kind != XS_UNDEFINED_KIND)) ? fxToInteger(the, mxArgv(1)) : it->received;
  if ((count < 0) || (count > it->received))
    mxUnknownError("invalid");
  fxArrayBuffer(the, mxResult, it->in, count, -1);
  it->received -= count;
  memmove(it->in, it->in + count, (size_t)it->received);
}

/* host.tcpWrite(socket, bytes): the room that is left. */
static void host_tcpWrite(txMachine *the) {
  Socket *it = socketArgument(the);
  Wire wire;
  const char *wrong;
  if (!it || it->failed)
    return;
  if (!it->connected)
    mxUnknownError("not ready");
  wrong = toWire(the, mxArgv(1), &wire);
  if (wrong || ((wire.kind != WIRE_BUFFER) && (wire.kind != WIRE_BYTES)))
    mxTypeError("no buffer");
  if ((int)wire.size > SOCKET_BUFFER - it->sending) {
    freeWire(&wire);
    mxUnknownError("would block");
  }
  memcpy(it->out + it->sending, wire.data, wire.size);
  it->sending += (int)wire.size;
  freeWire(&wire);
  mxResult->kind = XS_INTEGER_KIND;
  mxResult->value.integer = SOCKET_BUFFER - it->sending;
}

static void host_tcpClose(txMachine *the) {
  Socket *it = socketArgument(the);
  if (!it)
    return;
  if (it->sending && (it->fd >= 0) && (write(it->fd, it->out, (size_t)it->sending) < 0))
    it->failed = 1;
  fxSetHostData(the, mxArgv(0), NULL);
  closeSocket(it);
}

static void sendSocket(Socket *it) {
  ssize_t count;
  if (!it->connected) {
    int error = 0;
    socklen_t size = sizeof(error);
    getsockopt(it->fd, SOL_SOCKET, SO_ERROR, &error, &size);
    it->failed = error != 0;
    it->connected = !error;
    if (it->connected)
      callBack(it->machine, &it->self, &it->onWritable, SOCKET_BUFFER);
    return;
  }
  count = send(it->fd, it->out, (size_t)it->sending, MSG_NOSIGNAL);
  if (count < 0) {
    it->failed = (errno != EAGAIN) && (errno != EINTR);
    return;
  }
  it->sending -= (int)count;
  memmove(it->out, it->out + count, (size_t)it->sending);
  callBack(it->machine, &it->self, &it->onWritable, SOCKET_BUFFER - it->sending);
}

static void receiveSocket(Socket *it) {
  ssize_t count = recv(it->fd, it->in + it->received, (size_t)(SOCKET_BUFFER - it->received), 0);
  if (count > 0) {
    it->received += (int)count;
    callBack(it->machine, &it->self, &it->onReadable, it->received);
  }
  else if ((count == 0) || ((errno != EAGAIN) && (errno != EINTR))) {
    it->failed = 1;
  }
}

static void sweepSockets(void) {
  Socket **address = &sockets;
  Socket *it;
  while ((it = *address)) {
    if (it->machine) {
      address = &it->next;
    }
    else {
      *address = it->next;
      free(it);
    }
  }
}

static int pollSockets(int timeout) {
  struct pollfd polls[64];
  Socket *polled[64];
  Socket *it;
  int count = 0, i;
  for (it = sockets; it && (count < 64); it = it->next) {
    if (!it->machine)
      continue;
    polled[count] = it;
    polls[count].fd = it->fd;
    polls[count].events = (short)((it->received < SOCKET_BUFFER ? POLLIN : 0) | ((!it->connected || it->sending) ? POLLOUT : 0));
    polls[count].revents = 0;
    if (it->failed)
      timeout = 0;
    count++;
  }
  poll(polls, (nfds_t)count, timeout);
  for (i = 0; i < count; i++) {
    it = polled[i];
    if (it->machine && !it->failed && (polls[i].revents & (POLLOUT | POLLERR | POLLHUP)) && (!it->connected || it->sending))
      sendSocket(it);
    if (it->machine && !it->failed && it->connected && (polls[i].revents & (POLLIN | POLLHUP)))
      receiveSocket(it);
    if (it->machine && it->failed) {
      txMachine *the = it->machine;
      txSlot self = it->self, onError = it->onError;
      closeSocket(it);
      callBack(the, &self, &onError, -1);
    }
  }
  sweepSockets();
  return count;
}

/* One turn of everything that is due; waits for the next event if `wait`. 0 when nothing is left to wait for. */
int runTurn(int wait) {
  Timer *timer;
  int open;
  double now;
  runPromises(&worldHost);
  runPromises(&deviceHost);
  sweepTimers();
  timer = firstTimer();
  now = monotonicMs();
  open = pollSockets(!wait ? 0 : timer ? (timer->when > now ? (int)(timer->when - now) + 1 : 0) : sockets ? -1 : 0);
  timer = firstTimer();
  if (timer && (timer->when <= monotonicMs()))
    fireTimer(timer);
  runPromises(&worldHost);
  runPromises(&deviceHost);
  return open || timers || sockets || worldHost.promiseJobs || deviceHost.promiseJobs;
}

void forgetMachine(txMachine *the) {
  Timer *timer;
  Socket *it;
  for (timer = timers; timer; timer = timer->next)
    if (timer->machine == the)
      timer->machine = NULL;
  for (it = sockets; it; it = it->next)
    if (it->machine == the) {
      if (it->fd >= 0)
        close(it->fd);
      it->machine = NULL;
    }
  sweepTimers();
  sweepSockets();
}

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

void pushMemory(txMachine *the, Host *host) {
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

/* Files of the key-value stand-in: one file a key, below --kv */

static void kvPath(txMachine *the, char *path, size_t size, const char *suffix) {
  char domain[64], key[64];
  if (!options.kvDirectory)
    mxUnknownError("key-value: run with --kv DIRECTORY");
  fxToStringBuffer(the, mxArgv(0), domain, sizeof(domain));
  mkdir(options.kvDirectory, 0777);
  snprintf(path, size, "%s/%s", options.kvDirectory, domain);
  mkdir(path, 0777);
  if (!suffix)
    return;
  fxToStringBuffer(the, mxArgv(1), key, sizeof(key));
  if (!key[0] || (strlen(key) > 15) || strchr(key, '/'))
    mxUnknownError("key-value: invalid key");
  snprintf(path + strlen(path), size - strlen(path), "/%s%s", key, suffix);
}

static void host_kvRead(txMachine *the) {
  char path[C_PATH_MAX];
  uint8_t buffer[4096];
  ssize_t count;
  int fd;
  kvPath(the, path, sizeof(path), "");
  fd = open(path, O_RDONLY);
  if (fd < 0)
    return;
  count = read(fd, buffer, sizeof(buffer));
  close(fd);
  if (count < 0)
    mxUnknownError("key-value: cannot read");
  fxArrayBuffer(the, mxResult, buffer, (txInteger)count, -1);
}

static void host_kvWrite(txMachine *the) {
  char path[C_PATH_MAX], temporary[C_PATH_MAX];
  Wire wire;
  int fd, failed;
  kvPath(the, path, sizeof(path), "");
  kvPath(the, temporary, sizeof(temporary), "~");
  if (toWire(the, mxArgv(2), &wire) || (wire.kind < WIRE_STRING))
    mxTypeError("key-value: text or bytes");
  if (wire.kind == WIRE_STRING)
    wire.size = strlen(wire.data);
  fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC, 0666);
  failed = (fd < 0) || (wire.size > 1984) || (write(fd, wire.data, wire.size) != (ssize_t)wire.size) || fsync(fd);
  freeWire(&wire);
  if (fd >= 0)
    close(fd);
  if (failed || rename(temporary, path))
    mxUnknownError("key-value: cannot write");
}

static void host_kvDelete(txMachine *the) {
  char path[C_PATH_MAX];
  kvPath(the, path, sizeof(path), "");
  unlink(path);
}

/* host.kvKeys(domain): the keys, joined by newlines. */
static void host_kvKeys(txMachine *the) {
  char path[C_PATH_MAX], keys[16 * 1024] = "";
  DIR *directory;
  struct dirent *entry;
  size_t used = 0;
  kvPath(the, path, sizeof(path), NULL);
  directory = opendir(path);
  while (directory && (entry = readdir(directory))) {
    size_t length = strlen(entry->d_name);
    if ((entry->d_name[0] == '.') || (entry->d_name[length - 1] == '~') || (used + length + 2 > sizeof(keys)))
      continue;
    used += (size_t)snprintf(keys + used, sizeof(keys) - used, "%s%s", used ? "\n" : "", entry->d_name);
  }
  if (directory)
    closedir(directory);
  fxString(the, mxResult, keys);
}

/* Flash partitions: NOR rules (writing clears bits, erasing sets a block of 4,096 bytes), in memory or over a file */

typedef struct Partition {
  struct Partition *next;
  char *name;
  uint8_t *bytes;
  size_t size;
  int fd;
} Partition;

static Partition *partitions;

void addPartition(const char *name, size_t size, const char *file) {
  Partition *it = calloc(1, sizeof(Partition));
  it->name = strdup(name);
  it->size = size;
  it->bytes = malloc(size);
  it->fd = file ? open(file, O_RDWR | O_CREAT, 0666) : -1;
  memset(it->bytes, 0xFF, size);
  if ((it->fd >= 0) && (read(it->fd, it->bytes, size) < 0))
    fatal("%s: cannot read", file);
  it->next = partitions;
  partitions = it;
}

static Partition *partitionArgument(txMachine *the) {
  char name[64];
  Partition *it = partitions;
  fxToStringBuffer(the, mxArgv(0), name, sizeof(name));
  while (it && strcmp(it->name, name))
    it = it->next;
  if (!it)
    mxUnknownError("flash: no partition; run with --flash NAME=SIZE[,FILE]");
  return it;
}

static void checkRange(txMachine *the, Partition *it, txInteger offset, txInteger size) {
  if ((offset < 0) || (size < 0) || ((size_t)offset + (size_t)size > it->size))
    mxRangeError("flash: out of range");
}

static void syncPartition(Partition *it, size_t offset, size_t size) {
  if ((it->fd >= 0) && (pwrite(it->fd, it->bytes + offset, size, (off_t)offset) < 0))
    fatal("flash: cannot write");
}

static void host_flashSize(txMachine *the) {
  mxResult->value.integer = (txInteger)partitionArgument(the)->size;
  mxResult->kind = XS_INTEGER_KIND;
}

static void host_flashRead(txMachine *the) {
  Partition *it = partitionArgument(the);
  txInteger size = fxToInteger(the, mxArgv(1));
  txInteger offset = fxToInteger(the, mxArgv(2));
  checkRange(the, it, offset, size);
  fxArrayBuffer(the, mxResult, it->bytes + offset, size, -1);
}

static void host_flashWrite(txMachine *the) {
  Partition *it = partitionArgument(the);
  txInteger offset = fxToInteger(the, mxArgv(2));
  Wire wire;
  size_t i;
  if (toWire(the, mxArgv(1), &wire) || ((wire.kind != WIRE_BUFFER) && (wire.kind != WIRE_BYTES)))
    mxTypeError("flash: no buffer");
  if ((offset < 0) || ((size_t)offset + wire.size > it->size)) {
    freeWire(&wire);
    mxRangeError("flash: out of range");
  }
  for (i = 0; i < wire.size; i++)
    it->bytes[(size_t)offset + i] &= (uint8_t)wire.data[i];
  syncPartition(it, (size_t)offset, wire.size);
  freeWire(&wire);
}

static void host_flashErase(txMachine *the) {
  Partition *it = partitionArgument(the);
  txInteger start = fxToInteger(the, mxArgv(1));
  txInteger end = fxToInteger(the, mxArgv(2));
  checkRange(the, it, start * 4096, (end - start) * 4096);
  memset(it->bytes + start * 4096, 0xFF, (size_t)(end - start) * 4096);
  syncPartition(it, (size_t)start * 4096, (size_t)(end - start) * 4096);
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

txSlot *defineFunction(txMachine *the, txSlot *last, const char *name, txCallback callback, int length) {
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
