/* delays.h - how long things took, kept one by one, for exact quantiles. */
#ifndef ZAFFRE_BENCH_DELAYS_H
#define ZAFFRE_BENCH_DELAYS_H

#include "wire.h"

struct Delays {
  uint32_t *tenths; /* of a microsecond */
  size_t count, capacity;
};

static inline void note(struct Delays *d, uint64_t from, uint64_t to) {
  if (d->count == d->capacity) {
    d->capacity = d->capacity ? d->capacity * 2 : 65536;
    d->tenths = realloc(d->tenths, d->capacity * sizeof *d->tenths);
    if (!d->tenths) fail("realloc");
  }
  uint64_t tenths = to > from ? (to - from) / 100 : 0;
  d->tenths[d->count++] = tenths > UINT32_MAX ? UINT32_MAX : (uint32_t)tenths;
}

static inline int by_value(const void *a, const void *b) {
  uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
  return (x > y) - (x < y);
}

static inline double quantile(const struct Delays *d, double q) { return d->tenths[(size_t)((double)(d->count - 1) * q)] / 1e4; }

static inline void print_delays(const char *name, struct Delays *d) {
  if (!d->count) { printf(",\"%s\":null", name); return; }
  qsort(d->tenths, d->count, sizeof *d->tenths, by_value);
  printf(",\"%s\":{\"p50\":%.4f,\"p99\":%.4f,\"max\":%.4f}", name, quantile(d, 0.5), quantile(d, 0.99), quantile(d, 1));
}

#endif
