/*
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * What happens later: timers, sockets and promise jobs of all machines, one turn at a time.
 */
#include "xs-host.h"
#include <poll.h>
#include <sys/socket.h>

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
void host_timerSet(txMachine *the) {
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

void host_timerSchedule(txMachine *the) {
  Timer *timer = timerArgument(the);
  double delay = fxToNumber(the, mxArgv(1));
  double repeat = fxToNumber(the, mxArgv(2));
  if (!timer)
    mxTypeError("the timer has ended");
  timer->when = monotonicMs() + delay;
  timer->interval = repeat;
}

void host_timerClear(txMachine *the) {
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
void host_tcpOpen(txMachine *the) {
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
void host_tcpRead(txMachine *the) {
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
void host_tcpWrite(txMachine *the) {
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

void host_tcpClose(txMachine *the) {
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
