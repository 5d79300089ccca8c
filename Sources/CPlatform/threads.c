#define _GNU_SOURCE
#include "cplatform.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>

#if defined(__GLIBC__)
// The oldest version of these, so that the library loads on older C libraries, too. Before 2.34 they were in
// libpthread, which not every host has loaded: then they are NULL, and all work stays on the caller's thread.
#if defined(__x86_64__)
#define OLDEST "GLIBC_2.2.5"
#else
#define OLDEST "GLIBC_2.17"
#endif
__asm__(".symver pthread_create, pthread_create@" OLDEST);
__asm__(".symver pthread_join, pthread_join@" OLDEST);
#pragma weak pthread_create
#pragma weak pthread_join
#endif

struct cplatform_room {
  pthread_mutex_t mutex;
  pthread_cond_t doors[CPLATFORM_ROOM_DOORS];
};

cplatform_room *cplatform_room_create(void) {
  cplatform_room *room = malloc(sizeof *room);
  if (!room)
    return NULL;
  pthread_mutex_init(&room->mutex, NULL);
  for (int door = 0; door < CPLATFORM_ROOM_DOORS; door++)
    pthread_cond_init(&room->doors[door], NULL);
  return room;
}

void cplatform_room_destroy(cplatform_room *room) {
  for (int door = 0; door < CPLATFORM_ROOM_DOORS; door++)
    pthread_cond_destroy(&room->doors[door]);
  pthread_mutex_destroy(&room->mutex);
  free(room);
}

void cplatform_room_lock(cplatform_room *room) { pthread_mutex_lock(&room->mutex); }
void cplatform_room_unlock(cplatform_room *room) { pthread_mutex_unlock(&room->mutex); }
void cplatform_room_wait(cplatform_room *room, int door) { pthread_cond_wait(&room->doors[door], &room->mutex); }
void cplatform_room_wake(cplatform_room *room, int door) { pthread_cond_broadcast(&room->doors[door]); }

int cplatform_thread_start(void *(*body)(void *), void *context, uintptr_t *thread) {
  if (!pthread_create || !pthread_join)
    return ENOSYS;
  // The host's signal handlers run on the host's threads. On Linux sigprocmask is about the calling thread alone.
  sigset_t all, before;
  sigfillset(&all);
  sigprocmask(SIG_SETMASK, &all, &before);
  pthread_t started;
  int error = pthread_create(&started, NULL, body, context);
  sigprocmask(SIG_SETMASK, &before, NULL);
  if (!error)
    *thread = (uintptr_t)started;
  return error;
}

void cplatform_thread_join(uintptr_t thread) { pthread_join((pthread_t)thread, NULL); }

uint64_t cplatform_nanoseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

void cplatform_pause(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("isb");
#endif
}
