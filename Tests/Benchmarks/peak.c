// Multiply-adds as fast as one core does them: chains enough to hide their latency, in registers.
#include <time.h>

#ifdef __AVX512F__
enum { lanes = 16 };
#else
enum { lanes = 8 };
#endif
typedef float vector __attribute__((vector_size(lanes * sizeof(float))));

static double seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

// Multiply-adds a second, the best of some tries.
double peak(void) {
  enum { chains = 12, steps = 1000000 };
  vector factor = {0}, sums[chains] = {{0}};
  double best = 0;
  for (int attempt = 0; attempt < 20; attempt++) {
    const double begin = seconds();
    for (int step = 0; step < steps; step++) {
#pragma GCC unroll 12
      for (int chain = 0; chain < chains; chain++) {
        sums[chain] = sums[chain] * factor + factor;
        __asm__ volatile("" : "+x"(sums[chain]));
      }
    }
    const double rate = (double)steps * chains * lanes / (seconds() - begin);
    if (rate > best)
      best = rate;
  }
  return best;
}
