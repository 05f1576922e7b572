// Linked into the program that is compiled ahead of time for x86-64-v3 (LEVEL 3) or x86-64-v4 (LEVEL 4), and run before the runtime starts.
// On a processor without the instructions it says so, where the runtime would only abort. And where the other program lies beside
// this one, upstride-v4 beside upstride, a processor with vectors of 512 bits is handed over to it: the choice that the JIT makes.
#define _GNU_SOURCE
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int has_v3(void) {
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2");
}

static int has_v4(void) {
  return has_v3() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512cd")
      && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
}

// As the JIT does: not where 512 bits slow the clock down (the first Xeons that have them), nor where it is told not to.
static int prefers_v4(void) {
  const char *enabled = getenv("DOTNET_EnableAVX512");
  return has_v4() && !__builtin_cpu_is("skylake-avx512") && !__builtin_cpu_is("cascadelake") && !__builtin_cpu_is("cooperlake")
      && (enabled == NULL || strcmp(enabled, "0") != 0);
}

__attribute__((constructor)) static void choose(int count, char **arguments) {
  (void)count;
  __builtin_cpu_init();
  if (LEVEL == 4 ? !has_v4() : !has_v3()) {
    fprintf(stderr, "upstride: this program needs a processor with the instructions of x86-64-v%d (%s), and this one lacks them: "
      "install the .NET tool Upstride.Cli, which runs on all of them\n", LEVEL, LEVEL == 4 ? "AVX-512" : "AVX2 and FMA");
    _exit(2);
  }
  if (LEVEL == 3 && prefers_v4()) {
    char path[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", path, sizeof path - sizeof "-v4");
    if (length <= 0) return;
    strcpy(path + length, "-v4");
    execv(path, arguments); // returns where there is no such file: this program does the same with vectors of 256 bits
  }
}
