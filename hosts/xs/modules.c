/*
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Modules by name: those of the command line, and the stand-ins for Moddable's modules that are built into the program.
 * The device finds byte code in ROM; the world parses files, and may also import relative paths.
 */
#include "xs-host.h"

Module *modules;

#define EMBED(SYMBOL, FILE) \
  __asm__(".section .rodata\n.global " #SYMBOL "\n" #SYMBOL ":\n.incbin \"" FILE "\"\n.byte 0\n.previous\n"); \
  extern const char SYMBOL[];

EMBED(timerText, HOST_MODULES "/timer.js")
EMBED(timeText, HOST_MODULES "/time.js")
EMBED(tcpText, HOST_MODULES "/tcp.js")
EMBED(keyValueText, HOST_MODULES "/key-value.js")
EMBED(flashText, HOST_MODULES "/flash.js")

Module *findModule(const char *name) {
  Module *module = modules;
  while (module && strcmp(module->name, name))
    module = module->next;
  return module;
}

Module *addModule(const char *name, const char *path, int preload) {
  Module **address = &modules;
  Module *module = findModule(name);
  if (module) {
    module->path = path ? strdup(path) : NULL;
    module->preload = preload;
    return module;
  }
  while (*address)
    address = &(*address)->next;
  module = *address = calloc(1, sizeof(Module));
  module->name = strdup(name);
  module->path = path ? strdup(path) : NULL;
  module->preload = preload;
  return module;
}

static void addText(const char *name, const char *text) {
  Module *module = addModule(name, NULL, 1);
  module->text = text;
  module->size = strlen(text);
}

void addBuiltInModules(void) {
  addText("timer", timerText);
  addText("time", timeText);
  addText("embedded:io/socket/tcp", tcpText);
  addText("embedded:storage/key-value", keyValueText);
  addText("embedded:storage/flash", flashText);
}

typedef struct { const char *text; size_t offset, size; } TextStream;

static int textGetter(void *it) {
  TextStream *stream = it;
  return (stream->offset < stream->size) ? (unsigned char)stream->text[stream->offset++] : C_EOF;
}

static void reportError(void *console, txString path, txInteger line, txString format, c_va_list arguments) {
  (void)console;
  fprintf(stderr, "%s:%d: ", path ? path : "?", (int)line);
  vfprintf(stderr, format, arguments);
  fputc('\n', stderr);
}

static void parse(txParser *parser, Module *module, FILE *file, txUnsigned flags) {
  txString map = NULL;
  if (file) {
    fxParserTree(parser, file, (txGetter)fgetc, flags, &map);
  }
  else {
    TextStream stream = { module->text, 0, module->size };
    fxParserTree(parser, &stream, textGetter, flags, &map);
  }
  fxParserHoist(parser);
  fxParserBind(parser);
}

/* The parser works outside the heaps. NULL after a syntax error, which it has reported. */
txScript *parseModule(txMachine *the, Module *module) {
  txParser parser;
  txParserJump jump;
  txScript *volatile script = NULL;
  FILE *file = module->path ? fopen(module->path, "r") : NULL;
  txUnsigned flags = 0;
#ifdef mxDebug
  flags = mxDebugFlag;
#endif
  if (module->path && !file)
    fatal("%s: %s", module->path, strerror(errno));
  fxInitializeParser(&parser, the, the->parserBufferSize, the->parserTableModulo);
  parser.reportError = reportError;
  parser.firstJump = &jump;
  if (c_setjmp(jump.jmp_buf) == 0) {
    parser.path = fxNewParserSymbol(&parser, module->path ? module->path : module->name);
    parse(&parser, module, file, flags);
    if (parser.errorCount == 0)
      script = fxParserCode(&parser);
  }
  if (the->peakParserSize < parser.total)
    the->peakParserSize = parser.total;
  fxTerminateParser(&parser);
  if (file)
    fclose(file);
  return script;
}

/* A relative or absolute path, seen from the importing module; only where files are parsed at run time. */
static Module *findFile(txMachine *the, txID importer, const char *name) {
  char path[C_PATH_MAX], real[C_PATH_MAX];
  Module *from = (importer == XS_NO_ID) ? NULL : findModule(fxGetKeyName(the, importer));
  const char *slash = (from && from->path) ? strrchr(from->path, '/') : NULL;
  size_t folder = ((name[0] == '/') || !slash) ? 0 : (size_t)(slash - from->path) + 1;
  if (folder + strlen(name) >= sizeof(path))
    return NULL;
  if (folder)
    memcpy(path, from->path, folder);
  strcpy(path + folder, name);
  return realpath(path, real) ? addModule(real, real, 0) : NULL;
}

txID fxFindModule(txMachine *the, txSlot *realm, txID importer, txSlot *slot) {
  char name[C_PATH_MAX];
  Module *module;
  (void)realm;
  fxToStringBuffer(the, slot, name, sizeof(name));
  module = findModule(name);
  if (!module && ((name[0] == '.') || (name[0] == '/')) && ((the->host->role == WORLD_ROLE) || !options.rom))
    module = findFile(the, importer, name);
  return module ? fxNewNameC(the, module->name) : XS_NO_ID;
}

void fxLoadModule(txMachine *the, txSlot *slot, txID id) {
  Module *module = findModule(fxGetKeyName(the, id));
  txScript *script;
  if (!module)
    return;
  if ((the->host->role != WORLD_ROLE) && module->script)
    script = module->script;
  else
    script = parseModule(the, module);
  if (!script)
    mxSyntaxError("%s", module->path ? module->path : module->name);
  fxResolveModule(the, slot, id, script, C_NULL, C_NULL);
}
