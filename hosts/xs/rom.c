/*
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * What a device build's linker does, in memory: builtins, host functions, byte code, symbols and preloaded modules become a
 * machine that is never written again, and from which the device machine is cloned. What is frozen follows the rules that
 * preloaded code meets on a device: builtins, functions, classes, their prototypes, scopes and collections are read-only;
 * any other object that is not frozen itself gets an alias, that is a pointer of RAM, and is copied when first written.
 */
#include "xs-host.h"

txSize romCodeSize, romChunkSize;
txID romAliasCount;

static txSlot **builtIns;
static size_t builtInCount;

typedef void (*SlotVisitor)(txMachine *the, txSlot *slot);

static void visitHeap(txMachine *the, SlotVisitor visitor) {
  txSlot *heap = the->firstHeap;
  while (heap) {
    txSlot *slot = heap + 1;
    txSlot *limit = heap->value.reference;
    for (; slot < limit; slot++)
      visitor(the, slot);
    heap = heap->next;
  }
}

/* Byte code */

/* Code and strings are used where they are, not copied to chunks. */
static txU1 inPlace(txU1 code) {
  switch (code) {
  case XS_CODE_CODE_1: return XS_CODE_CODE_ARCHIVE_1;
  case XS_CODE_CODE_2: return XS_CODE_CODE_ARCHIVE_2;
  case XS_CODE_CODE_4: return XS_CODE_CODE_ARCHIVE_4;
  case XS_CODE_STRING_1: return XS_CODE_STRING_ARCHIVE_1;
  case XS_CODE_STRING_2: return XS_CODE_STRING_ARCHIVE_2;
  case XS_CODE_STRING_4: return XS_CODE_STRING_ARCHIVE_4;
  default: return code;
  }
}

static size_t operandSize(const txByte *p, txS1 size) {
  txU1 length1;
  txU2 length2;
  txU4 length4;
  switch (size) {
  case -1: memcpy(&length1, p, 1); return 1 + length1;
  case -2: memcpy(&length2, p, 2); return 2 + length2;
  case -4: memcpy(&length4, p, 4); return 4 + length4;
  default: return (size_t)size - 1;
  }
}

static void linkCode(txByte *code, txSize codeSize, const txID *ids) {
  txByte *p = code;
  while (p < code + codeSize) {
    txS1 size = gxCodeSizes[*(txU1 *)p];
    *p = (txByte)inPlace(*(txU1 *)p);
    p++;
    if (size == 0) {
      txID id;
      memcpy(&id, p, sizeof(id));
      if (id != XS_NO_ID)
        memcpy(p, &ids[id], sizeof(id));
      p += sizeof(id);
    }
    else {
      p += operandSize(p, size);
    }
  }
}

static txID *internSymbols(txMachine *the, txScript *script) {
  txByte *p = script->symbolsBuffer;
  txID count, i, *ids;
  memcpy(&count, p, sizeof(count));
  p += sizeof(count);
  ids = calloc(count, sizeof(txID));
  for (i = 1; i < count; i++) {
    ids[i] = fxNewNameC(the, (txString)p);
    p += strlen((char *)p) + 1;
  }
  return ids;
}

static void linkModule(txMachine *the, Module *module) {
  txScript *parsed = parseModule(the, module);
  txScript *script;
  txID *ids;
  if (!parsed)
    fatal("%s: syntax error", module->path ? module->path : module->name);
  script = module->script = romAllocate(sizeof(txScript));
  memset(script, 0, sizeof(txScript));
  script->path = module->name;
  script->codeSize = parsed->codeSize;
  script->codeBuffer = romAllocate(parsed->codeSize);
  memcpy(script->codeBuffer, parsed->codeBuffer, parsed->codeSize);
  ids = internSymbols(the, parsed);
  linkCode(script->codeBuffer, script->codeSize, ids);
  free(ids);
  memcpy(script->version, parsed->version, sizeof(script->version));
  romCodeSize += script->codeSize;
  fxDeleteScript(parsed);
}

/* The global object: an ordinary one, since the clone's global only inherits from it */

static void replaceGlobal(txMachine *the) {
  txSlot *realm = mxModuleInstanceInternal(mxProgram.value.reference)->value.module.realm;
  txSlot *former = mxGlobal.value.reference->next;
  txSlot *slot;
  mxPush(mxObjectPrototype);
  slot = fxLastProperty(the, fxNewObjectInstance(the));
  for (; former; former = former->next) {
    if ((former->kind == XS_GLOBAL_KIND) || (former->ID == mxID(_global)) || (former->ID == mxID(_globalThis)))
      continue;
    slot = slot->next = fxDuplicateSlot(the, former);
  }
  mxGlobal.value.reference = the->stack->value.reference;
  mxRealmGlobal(realm)->value.reference = the->stack->value.reference;
  mxPop();
}

/* Freezing */

static int isInternal(txMachine *the, txSlot *instance) {
  txSlot *program = mxProgram.value.reference;
  txSlot *realm = mxModuleInstanceInternal(program)->value.module.realm;
  txSlot *slot;
  int i;
  for (i = mxGlobalStackIndex; i <= mxInstanceInspectorsStackIndex; i++) {
    slot = &the->stackTop[-1 - i];
    if ((slot->kind == XS_REFERENCE_KIND) && (slot->value.reference == instance))
      return 1;
  }
  for (slot = realm->next; slot; slot = slot->next) {
    if ((slot->kind == XS_REFERENCE_KIND) && (slot->value.reference == instance))
      return 1;
  }
  return (instance == program) || (instance == realm);
}

static void noteBuiltIn(txMachine *the, txSlot *slot) {
  if ((slot->kind != XS_INSTANCE_KIND) || isInternal(the, slot))
    return;
  builtIns = realloc(builtIns, (builtInCount + 1) * sizeof(txSlot *));
  builtIns[builtInCount++] = slot;
}

static void freezeItems(txSlot *array) {
  txSlot *item = array->value.array.address;
  txIndex length = item ? fxGetIndexSize(NULL, array) : 0;
  for (; length > 0; length--, item++)
    item->flag |= (item->kind == XS_ACCESSOR_KIND) ? XS_DONT_DELETE_FLAG : (XS_DONT_DELETE_FLAG | XS_DONT_SET_FLAG);
}

static void freeze(txSlot *instance) {
  txSlot *property = instance->next;
  for (; property; property = property->next) {
    if (property->kind == XS_ARRAY_KIND)
      freezeItems(property);
    if (property->kind != XS_ACCESSOR_KIND)
      property->flag |= XS_DONT_SET_FLAG;
    property->flag |= XS_DONT_DELETE_FLAG;
  }
  instance->flag |= XS_DONT_PATCH_FLAG;
}

static int isFunctionSlot(txSlot *slot) {
  return slot && (slot->flag & XS_INTERNAL_FLAG) && ((slot->kind == XS_CALLBACK_KIND) || (slot->kind == XS_CALLBACK_X_KIND)
    || (slot->kind == XS_CODE_KIND) || (slot->kind == XS_CODE_X_KIND));
}

static void freezeFunction(txMachine *the, txSlot *instance) {
  txSlot *property;
  freeze(instance);
  if (!(instance->flag & XS_CAN_CONSTRUCT_FLAG))
    return;
  for (property = instance->next; property; property = property->next) {
    if ((property->ID == mxID(_prototype)) && (property->kind == XS_REFERENCE_KIND))
      freeze(property->value.reference);
  }
}

/* Kinds that have no copy on write. */
static int isReadOnlyKind(txSlot *internal) {
  switch (internal->kind) {
  case XS_MAP_KIND: case XS_SET_KIND: case XS_WEAK_MAP_KIND: case XS_WEAK_SET_KIND: case XS_WEAK_REF_KIND:
  case XS_ARRAY_BUFFER_KIND: case XS_DATA_VIEW_KIND: case XS_TYPED_ARRAY_KIND: case XS_PROXY_KIND: case XS_REGEXP_KIND:
    return 1;
  case XS_CLOSURE_KIND:
    return internal->value.closure && (internal->value.closure->kind == XS_FINALIZATION_REGISTRY_KIND);
  default:
    return 0;
  }
}

static void freezeByKind(txMachine *the, txSlot *slot) {
  txSlot *internal = slot->next;
  if ((slot->kind != XS_INSTANCE_KIND) || !internal || !(internal->flag & XS_INTERNAL_FLAG))
    return;
  if (isFunctionSlot(internal))
    freezeFunction(the, slot);
  else if (internal->ID == XS_ENVIRONMENT_BEHAVIOR || isReadOnlyKind(internal))
    freeze(slot);
  else if (internal->kind == XS_PROMISE_KIND) {
    freeze(slot);
    freeze(internal->next->value.reference);
  }
}

static int isFrozen(txSlot *instance) {
  txSlot *property = instance->next;
  if (!(instance->flag & XS_DONT_PATCH_FLAG))
    return 0;
  for (; property; property = property->next) {
    if (property->kind == XS_ARRAY_KIND) {
      txSlot *item = property->value.array.address;
      txIndex length = item ? fxGetIndexSize(NULL, property) : 0;
      for (; length > 0; length--, item++)
        if (!(item->flag & XS_DONT_DELETE_FLAG) || ((item->kind != XS_ACCESSOR_KIND) && !(item->flag & XS_DONT_SET_FLAG)))
          return 0;
    }
    if (property->flag & XS_INTERNAL_FLAG)
      continue;
    if (!(property->flag & XS_DONT_DELETE_FLAG) || ((property->kind != XS_ACCESSOR_KIND) && !(property->flag & XS_DONT_SET_FLAG)))
      return 0;
  }
  return 1;
}

/* Alias 0 is no alias, so counting starts at 1. */

static void aliasInstance(txMachine *the, txSlot *slot) {
  txSlot *property = slot->next;
  if (slot->kind != XS_INSTANCE_KIND)
    return;
  slot->ID = isFrozen(slot) ? XS_NO_ID : romAliasCount++;
  if (!options.aliases || (slot->ID == XS_NO_ID))
    return;
  while (property && ((property->flag & XS_INTERNAL_FLAG) || (property->ID == XS_NO_ID)))
    property = property->next;
  fprintf(stderr, "alias: an object%s%s\n", property ? " with " : "", property ? fxGetKeyName(the, property->ID) : "");
}

static void forgetClosureAlias(txMachine *the, txSlot *slot) {
  (void)the;
  if (slot->kind == XS_CLOSURE_KIND && slot->value.closure)
    slot->value.closure->ID = XS_NO_ID;
}

static void aliasClosure(txMachine *the, txSlot *slot) {
  txSlot *closure = (slot->kind == XS_CLOSURE_KIND) ? slot->value.closure : NULL;
  if (!closure)
    return;
  if ((closure->kind == XS_REFERENCE_KIND) && isFunctionSlot(closure->value.reference->next))
    closure->flag |= XS_DONT_SET_FLAG;
  if (closure->flag & XS_DONT_SET_FLAG)
    closure->flag |= XS_DONT_DELETE_FLAG;
  else {
    if (closure->ID == XS_NO_ID) {
      closure->ID = romAliasCount++;
      if (options.aliases)
        fprintf(stderr, "alias: variable %s\n", (slot->ID == XS_NO_ID) ? "?" : fxGetKeyName(the, slot->ID));
    }
    slot->flag &= ~XS_DONT_SET_FLAG;
  }
}

/* Kinds whose value is a chunk become the kinds whose value is in flash, so that no collection moves it */

static void toFlash(txMachine *the, txSlot *slot) {
  (void)the;
  switch (slot->kind) {
  case XS_STRING_KIND: slot->kind = XS_STRING_X_KIND; break;
  case XS_BIGINT_KIND: slot->kind = XS_BIGINT_X_KIND; break;
  case XS_KEY_KIND: slot->kind = XS_KEY_X_KIND; break;
  case XS_CALLBACK_KIND: slot->kind = XS_CALLBACK_X_KIND; break;
  case XS_CODE_KIND: slot->kind = XS_CODE_X_KIND; break;
  case XS_REGEXP_KIND: slot->value.regexp.data = C_NULL; break;   /* working memory: each match takes its own */
  case XS_ARRAY_KIND:
    if (slot->value.array.address) {
      txIndex i, length = fxGetIndexSize(NULL, slot);
      for (i = 0; i < length; i++)
        toFlash(the, slot->value.array.address + i);
    }
    break;
  default: break;
  }
}

static void finishRom(txMachine *the) {
  size_t i;
  txSlot *slot;
  mxGlobal.value.reference->value.instance.prototype = C_NULL;
  mxUnhandledPromises = mxUndefined;
  fxShareMachine(the);
  for (i = 0; i < builtInCount; i++)
    freeze(builtIns[i]);
  freeze(mxGlobal.value.reference);
  freeze(mxException.value.reference);
  visitHeap(the, freezeByKind);
  romAliasCount = 1;
  visitHeap(the, forgetClosureAlias);
  visitHeap(the, aliasInstance);
  visitHeap(the, aliasClosure);
  the->aliasCount = romAliasCount;
  visitHeap(the, toFlash);
  for (slot = the->stack; slot < the->stackTop; slot++)
    toFlash(the, slot);
  free(builtIns);
}

static void preload(txMachine *the, Module *module) {
  mxPushStringC(module->name);
  fxAwaitImport(the, XS_IMPORT_NAMESPACE);
  mxPop();
}

static void linkModules(txMachine *the) {
  Module *module;
  char text[400];
  fxBeginHost(the);
  mxTry(the) {
    for (module = modules; module; module = module->next)
      fxNewNameC(the, module->name);
    for (module = modules; module; module = module->next)
      linkModule(the, module);
    for (module = modules; module; module = module->next)
      if (module->preload)
        preload(the, module);
  }
  mxCatch(the) {
    describeException(the, text, sizeof(text));
    fatal("preload: %s", text);
  }
  fxEndHost(the);
}

void linkRom(void) {
  txCreation *creation = &romHost.creation;
  txMachine *the;
  romOpen();
  romHost.role = ROM_ROLE;
  *creation = deviceHost.creation;
  creation->initialChunkSize = 4 * 1024 * 1024;
  creation->incrementalChunkSize = 1024 * 1024;
  creation->initialHeapCount = 128 * 1024;
  creation->incrementalHeapCount = 64 * 1024;
  creation->stackCount = 4096;
  creation->initialKeyCount = 16 * 1024;
  creation->incrementalKeyCount = 0;
  creation->parserBufferSize = 1024 * 1024;
  creation->parserTableModulo = 1993;
  the = fxCreateMachine(creation, "rom", &romHost, XS_NO_ID);
  if (!the)
    fatal("no ROM machine");
  fxBeginHost(the);
  installNatives(the);
  replaceGlobal(the);
  fxEndHost(the);
  fxCollectGarbage(the);
  visitHeap(the, noteBuiltIn);
  linkModules(the);
  finishRom(the);
  romChunkSize = the->currentChunksSize;
  romProtect();
}
