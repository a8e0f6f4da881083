/* wire.h - what the mock and the load driver share: the clock, a growing buffer, HTTP head look-ups. */
#ifndef ZAFFRE_BENCH_WIRE_H
#define ZAFFRE_BENCH_WIRE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#define MILLISECOND UINT64_C(1000000)
#define SECOND UINT64_C(1000000000)

/* A stamp in an event: CLOCK_MONOTONIC nanoseconds, zero padded, so that every event has the same length. */
#define STAMP_MARK "t="
#define STAMP_DIGITS 19

/* Nanoseconds of CLOCK_MONOTONIC; the same clock in every process of one machine. */
static inline uint64_t now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * SECOND + (uint64_t)t.tv_nsec;
}

static inline void fail(const char *what) {
  perror(what);
  exit(1);
}

struct Bytes {
  char *at;
  size_t length, capacity;
};

/* Make room for `more` bytes and say where they go. */
static inline char *bytes_room(struct Bytes *b, size_t more) {
  if (b->length + more > b->capacity) {
    size_t capacity = b->capacity ? b->capacity : 4096;
    while (capacity < b->length + more) capacity *= 2;
    b->at = realloc(b->at, capacity);
    if (!b->at) fail("realloc");
    b->capacity = capacity;
  }
  return b->at + b->length;
}

static inline void bytes_add(struct Bytes *b, const char *data, size_t length) {
  if (!length) return;
  memcpy(bytes_room(b, length), data, length);
  b->length += length;
}

static inline void bytes_add_text(struct Bytes *b, const char *text) { bytes_add(b, text, strlen(text)); }

/* Forget the first `count` bytes. */
static inline void bytes_drop(struct Bytes *b, size_t count) {
  memmove(b->at, b->at + count, b->length - count);
  b->length -= count;
}

/* The value of a header in the head [head, end), or NULL. `name` ends with its colon. */
static inline const char *header_value(const char *head, const char *end, const char *name) {
  size_t length = strlen(name);
  for (const char *line = head; line && (size_t)(end - line) > length;) {
    if (!strncasecmp(line, name, length)) {
      line += length;
      while (line < end && *line == ' ') line++;
      return line;
    }
    const char *newline = memchr(line, '\n', (size_t)(end - line));
    line = newline ? newline + 1 : NULL;
  }
  return NULL;
}

/* The number written at `digits` (STAMP_DIGITS of them), or 0 where it is none. */
static inline uint64_t stamp_read(const char *digits) {
  uint64_t value = 0;
  for (int i = 0; i < STAMP_DIGITS; i++) {
    if (digits[i] < '0' || digits[i] > '9') return 0;
    value = value * 10 + (uint64_t)(digits[i] - '0');
  }
  return value;
}

static inline void stamp_write(char *digits, uint64_t value) {
  for (int i = STAMP_DIGITS - 1; i >= 0; i--, value /= 10) digits[i] = (char)('0' + value % 10);
}

#endif
