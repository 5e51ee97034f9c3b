/*
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The bridge between the device machine and the world: `bridge(name, ...arguments)` in one machine calls what the other one
 * handed to `onBridge`, at once, in both directions and re-entrantly. Only undefined, null, booleans, numbers, strings,
 * ArrayBuffers and Uint8Arrays cross, as copies; an exception crosses as an Error with the same message.
 *
 * Power cuts: `device.cut()` inside a bridge call marks the device dead. When the world's handler returns, no more device
 * code runs (no catch, no finally); the world's outermost call into the device throws. The machine is deleted when the last
 * such call has been left.
 */
#include "xs-host.h"

/* Values */

static txSlot *bufferInfoOf(txSlot *instance) {
  txSlot *buffer = instance->next;
  return (buffer && (buffer->kind == XS_ARRAY_BUFFER_KIND)) ? buffer->next : NULL;
}

static const char *copyBytes(Wire *wire, txSlot *buffer, txInteger offset, txInteger size) {
  txSlot *info = bufferInfoOf(buffer);
  if (!info)
    return "bridge: detached or foreign buffer";
  if (size < 0)
    size = info->value.bufferInfo.length - offset;
  wire->size = (size_t)size;
  wire->data = malloc(wire->size + 1);
  if (size)
    memcpy(wire->data, buffer->next->value.arrayBuffer.address + offset, wire->size);
  return NULL;
}

static const char *bufferToWire(txSlot *instance, Wire *wire) {
  txSlot *internal = instance->next;
  if (bufferInfoOf(instance)) {
    wire->kind = WIRE_BUFFER;
    return copyBytes(wire, instance, 0, -1);
  }
  if (internal && (internal->kind == XS_TYPED_ARRAY_KIND) && (internal->value.typedArray.dispatch->size == 1)) {
    txSlot *view = internal->next;
    wire->kind = WIRE_BYTES;
    return copyBytes(wire, view->next->value.reference, view->value.dataView.offset, view->value.dataView.size);
  }
  return "bridge: only text, numbers, booleans and byte buffers cross";
}

/* NULL, or what is wrong. */
const char *toWire(txMachine *the, txSlot *slot, Wire *wire) {
  (void)the;
  memset(wire, 0, sizeof(*wire));
  switch (slot->kind) {
  case XS_UNDEFINED_KIND: wire->kind = WIRE_UNDEFINED; return NULL;
  case XS_NULL_KIND: wire->kind = WIRE_NULL; return NULL;
  case XS_BOOLEAN_KIND: wire->kind = WIRE_BOOLEAN; wire->number = slot->value.boolean; return NULL;
  case XS_INTEGER_KIND: wire->kind = WIRE_INTEGER; wire->number = slot->value.integer; return NULL;
  case XS_NUMBER_KIND: wire->kind = WIRE_NUMBER; wire->number = slot->value.number; return NULL;
  case XS_STRING_KIND:
  case XS_STRING_X_KIND:
    wire->kind = WIRE_STRING;
    wire->data = strdup(slot->value.string);
    return NULL;
  case XS_REFERENCE_KIND: return bufferToWire(slot->value.reference, wire);
  default: return "bridge: only text, numbers, booleans and byte buffers cross";
  }
}

static void pushBytes(txMachine *the, const Wire *wire) {
  mxPush(the->stackPrototypes[-1 - _Uint8Array]);
  mxNew();
  mxPushUndefined();
  fxArrayBuffer(the, the->stack, wire->data, (txInteger)wire->size, -1);
  mxRunCount(1);
}

void pushWire(txMachine *the, const Wire *wire) {
  switch (wire->kind) {
  case WIRE_UNDEFINED: mxPushUndefined(); break;
  case WIRE_NULL: mxPushNull(); break;
  case WIRE_BOOLEAN: mxPushBoolean((txBoolean)wire->number); break;
  case WIRE_INTEGER: mxPushInteger((txInteger)wire->number); break;
  case WIRE_NUMBER: mxPushNumber(wire->number); break;
  case WIRE_STRING: mxPushStringC(wire->data); break;
  case WIRE_BUFFER:
    mxPushUndefined();
    fxArrayBuffer(the, the->stack, wire->data, (txInteger)wire->size, -1);
    break;
  case WIRE_BYTES: pushBytes(the, wire); break;
  }
}

void freeWire(Wire *wire) {
  free(wire->data);
  wire->data = NULL;
}

void throwText(txMachine *the, const char *text) {
  mxPush(the->stackPrototypes[-1 - _Error]);
  mxNew();
  mxPushStringC((txString)text);
  mxRunCount(1);
  mxPull(mxException);
  fxJump(the);
}

/* Calls */

typedef struct Call {
  Wire arguments[16];
  int count;
  Wire result;
  char *error;              /* what the callee threw, allocated; or NULL */
} Call;

static char *exceptionText(txMachine *the) {
  char *text = NULL;
  mxTry(the) {
    mxPush(mxException);
    if (mxIsReference(the->stack)) {
      mxGetID(mxID(_message));
    }
    text = strdup(fxToString(the, the->stack));
    mxPop();
  }
  mxCatch(the) {
  }
  mxException = mxUndefined;
  return text ? text : strdup("unknown error");
}

/* Runs the handler of `host` with the arguments; never jumps. */
static void callHandler(Host *host, Call *call) {
  txMachine *the = host->machine;
  fxBeginHost(the);
  {
    mxTry(the) {
      int i;
      if (host->bridgeHandler.kind != XS_REFERENCE_KIND)
        throwText(the, "bridge: the other side has no handler");
      mxPushUndefined();
      mxPush(host->bridgeHandler);
      mxCall();
      for (i = 0; i < call->count; i++)
        pushWire(the, &call->arguments[i]);
      mxRunCount(call->count);
      call->error = (char *)toWire(the, the->stack, &call->result);
      if (call->error)
        call->error = strdup(call->error);
      mxPop();
    }
    mxCatch(the) {
      call->error = exceptionText(the);
    }
  }
  fxEndHost(the);
}

void dieAtBoundary(Host *host, const char *epitaph) {
  if (!host->dead)
    snprintf(host->epitaph, sizeof(host->epitaph), "%s", epitaph);
  host->dead = 1;
  longjmp(host->boundary->jump, 1);
}

static void callDevice(Call *call) {
  Host *host = &deviceHost;
  Boundary boundary;
  if (!host->machine || host->dead) {
    call->error = strdup("bridge: the device is off");
    return;
  }
  boundary.outer = host->boundary;
  host->boundary = &boundary;
  if (setjmp(boundary.jump) == 0) {
    callHandler(host, call);
    samplePeaks(host);
    if (!boundary.outer)
      runPromises(host);
  }
  else {
    freeWire(&call->result);
    free(call->error);
    call->error = strdup(host->epitaph);
  }
  host->boundary = boundary.outer;
  if (host->dead && !host->boundary)
    stopMachine(host);
}

static void freeArguments(Call *call) {
  int i;
  for (i = 0; i < call->count; i++)
    freeWire(&call->arguments[i]);
}

static void takeArguments(txMachine *the, Call *call) {
  int i;
  memset(call, 0, sizeof(*call));
  if (mxArgc > 16)
    throwText(the, "bridge: too many arguments");
  for (i = 0; i < mxArgc; i++) {
    const char *wrong = toWire(the, mxArgv(i), &call->arguments[i]);
    if (wrong) {
      freeArguments(call);
      throwText(the, wrong);
    }
    call->count++;
  }
}

/* On the C stack of both machines for as long as the call lasts, so it must stay small: hence the allocation. */
void bridge(txMachine *the) {
  Call *call = malloc(sizeof(Call));
  Host *host = the->host;
  char error[300];
  takeArguments(the, call);
  samplePeaks(host);
  if (host->role == WORLD_ROLE)
    callDevice(call);
  else if (worldHost.machine)
    callHandler(&worldHost, call);
  else
    call->error = strdup("bridge: there is no world");
  freeArguments(call);
  if (host->dead) {
    freeWire(&call->result);
    free(call->error);
    free(call);
    dieAtBoundary(host, "the power was cut");
  }
  if (call->error) {
    snprintf(error, sizeof(error), "%s", call->error);
    free(call->error);
    freeWire(&call->result);
    free(call);
    throwText(the, error);
  }
  pushWire(the, &call->result);
  mxPullSlot(mxResult);
  freeWire(&call->result);
  free(call);
}

void onBridge(txMachine *the) {
  Host *host = the->host;
  if ((mxArgc < 1) || !mxIsReference(mxArgv(0)) || !mxIsCallable(mxArgv(0)->value.reference))
    mxTypeError("onBridge: no function");
  host->bridgeHandler.kind = XS_REFERENCE_KIND;
  host->bridgeHandler.value.reference = mxArgv(0)->value.reference;
  fxRemember(the, &host->bridgeHandler);
}
