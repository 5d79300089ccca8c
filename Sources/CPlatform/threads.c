#define _GNU_SOURCE
#include "cplatform.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#if defined(__GLIBC__)
// The oldest version of these, so that the library loads on older C libraries, too. Before 2.34 they were in
// libpthread, which not every host has loaded: then they are NULL, and all work stays on the caller's thread.
#if defined(__x86_64__)
#define OLDEST "GLIBC_2.2.5"
#define OLDEST_AFFINITY "GLIBC_2.3.4"
#else
#define OLDEST "GLIBC_2.17"
#define OLDEST_AFFINITY OLDEST
#endif
__asm__(".symver pthread_create, pthread_create@" OLDEST);
__asm__(".symver pthread_join, pthread_join@" OLDEST);
__asm__(".symver pthread_attr_setaffinity_np, pthread_attr_setaffinity_np@" OLDEST_AFFINITY);
#pragma weak pthread_create
#pragma weak pthread_join
#pragma weak pthread_attr_setaffinity_np
#endif

/** A helper that sleeps in a room, on its own stack. */
struct sleeper {
  pid_t thread;
  cpu_set_t allowed;
  cpu_set_t moved_to;
  int moved;
  struct sleeper *next;
};

struct cplatform_room {
  pthread_mutex_t mutex;
  pthread_cond_t helpers;
  pthread_cond_t caller;
  struct sleeper *sleepers;
};

cplatform_room *cplatform_room_create(void) {
  cplatform_room *room = malloc(sizeof *room);
  if (!room)
    return NULL;
  pthread_mutex_init(&room->mutex, NULL);
  pthread_cond_init(&room->helpers, NULL);
  pthread_cond_init(&room->caller, NULL);
  room->sleepers = NULL;
  return room;
}

void cplatform_room_destroy(cplatform_room *room) {
  pthread_cond_destroy(&room->helpers);
  pthread_cond_destroy(&room->caller);
  pthread_mutex_destroy(&room->mutex);
  free(room);
}

void cplatform_room_lock(cplatform_room *room) { pthread_mutex_lock(&room->mutex); }
void cplatform_room_unlock(cplatform_room *room) { pthread_mutex_unlock(&room->mutex); }
void cplatform_room_wait_as_caller(cplatform_room *room) { pthread_cond_wait(&room->caller, &room->mutex); }
void cplatform_room_wake_caller(cplatform_room *room) { pthread_cond_broadcast(&room->caller); }

void cplatform_room_wait_as_helper(cplatform_room *room) {
  struct sleeper self = {(pid_t)syscall(SYS_gettid), {{0}}, {{0}}, 0, room->sleepers};
  if (sched_getaffinity(0, sizeof self.allowed, &self.allowed))
    CPU_ZERO(&self.allowed);
  room->sleepers = &self;
  pthread_cond_wait(&room->helpers, &room->mutex);
  struct sleeper **link = &room->sleepers;
  while (*link != &self)
    link = &(*link)->next;
  *link = self.next;
  // Unless the host has chosen processors for this thread in the meantime.
  cpu_set_t now;
  if (self.moved && !sched_getaffinity(0, sizeof now, &now) && CPU_EQUAL(&now, &self.moved_to))
    sched_setaffinity(0, sizeof self.allowed, &self.allowed);
}

static void move(struct sleeper *one, const cpu_set_t *elsewhere) {
  cpu_set_t now;
  if (sched_getaffinity(one->thread, sizeof now, &now))
    return;
  if (!CPU_EQUAL(&now, one->moved ? &one->moved_to : &one->allowed))
    return;
  if (sched_setaffinity(one->thread, sizeof *elsewhere, elsewhere))
    return;
  one->moved = 1;
  one->moved_to = *elsewhere;
}

/* A kernel may wake a thread on the waker's own processor, or start it there, although others are idle: it does so in
   virtual machines whose idle processors look preempted. There the two would take turns for milliseconds. So helpers
   are moved off first. */

/** Leaves out the calling thread's processor. Whether there are others. */
static int leave_out_own(cpu_set_t *processors) {
  const int here = sched_getcpu();
  if (here < 0 || here >= CPU_SETSIZE)
    return 0;
  CPU_CLR(here, processors);
  return CPU_COUNT(processors) > 0;
}

void cplatform_room_wake_helpers(cplatform_room *room) {
  for (struct sleeper *one = room->sleepers; one; one = one->next) {
    cpu_set_t elsewhere = one->allowed;
    if (leave_out_own(&elsewhere))
      move(one, &elsewhere);
  }
  pthread_cond_broadcast(&room->helpers);
}

void *cplatform_lines_create(size_t count) { return aligned_alloc(64, 64 * count); }

void cplatform_lines_destroy(void *lines) { free(lines); }

/** What a new thread needs to know. */
struct start {
  void *(*body)(void *);
  void *context;
  cpu_set_t allowed;
  int moved;
};

static void *begin(void *memory) {
  const struct start start = *(const struct start *)memory;
  free(memory);
  if (start.moved)
    sched_setaffinity(0, sizeof start.allowed, &start.allowed);
  return start.body(start.context);
}

/** Has a thread begin on another processor than the caller's. */
static int place_elsewhere(struct start *start, pthread_attr_t *attributes) {
#if defined(__GLIBC__)
  if (!pthread_attr_setaffinity_np || sched_getaffinity(0, sizeof start->allowed, &start->allowed))
    return 0;
  cpu_set_t elsewhere = start->allowed;
  return leave_out_own(&elsewhere) && !pthread_attr_setaffinity_np(attributes, sizeof elsewhere, &elsewhere);
#else
  (void)start;
  (void)attributes;
  return 0;
#endif
}

int cplatform_thread_start(void *(*body)(void *), void *context, uintptr_t *thread) {
  if (!pthread_create || !pthread_join)
    return ENOSYS;
  struct start *start = malloc(sizeof *start);
  if (!start)
    return ENOMEM;
  *start = (struct start){body, context, {{0}}, 0};
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  start->moved = place_elsewhere(start, &attributes);
  // The host's signal handlers run on the host's threads. On Linux sigprocmask is about the calling thread alone.
  sigset_t all, before;
  sigfillset(&all);
  sigprocmask(SIG_SETMASK, &all, &before);
  pthread_t started;
  int error = pthread_create(&started, &attributes, begin, start);
  if (error && start->moved) {
    start->moved = 0;
    error = pthread_create(&started, NULL, begin, start);
  }
  sigprocmask(SIG_SETMASK, &before, NULL);
  pthread_attr_destroy(&attributes);
  if (error)
    free(start);
  else
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

void cplatform_yield(void) { sched_yield(); }
