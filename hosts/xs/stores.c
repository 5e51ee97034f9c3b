/*
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Host functions behind the stand-ins for Moddable's two stores: key-value files and flash partitions.
 */
#include "xs-host.h"
#include <dirent.h>
#include <sys/stat.h>

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

void host_kvRead(txMachine *the) {
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

void host_kvWrite(txMachine *the) {
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

void host_kvDelete(txMachine *the) {
  char path[C_PATH_MAX];
  kvPath(the, path, sizeof(path), "");
  unlink(path);
}

/* host.kvKeys(domain): the keys, joined by newlines. */
void host_kvKeys(txMachine *the) {
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

void host_flashSize(txMachine *the) {
  mxResult->value.integer = (txInteger)partitionArgument(the)->size;
  mxResult->kind = XS_INTEGER_KIND;
}

void host_flashRead(txMachine *the) {
  Partition *it = partitionArgument(the);
  txInteger size = fxToInteger(the, mxArgv(1));
  txInteger offset = fxToInteger(the, mxArgv(2));
  checkRange(the, it, offset, size);
  fxArrayBuffer(the, mxResult, it->bytes + offset, size, -1);
}

void host_flashWrite(txMachine *the) {
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

void host_flashErase(txMachine *the) {
  Partition *it = partitionArgument(the);
  txInteger start = fxToInteger(the, mxArgv(1));
  txInteger end = fxToInteger(the, mxArgv(2));
  checkRange(the, it, start * 4096, (end - start) * 4096);
  memset(it->bytes + start * 4096, 0xFF, (size_t)(end - start) * 4096);
  syncPartition(it, (size_t)start * 4096, (size_t)(end - start) * 4096);
}
