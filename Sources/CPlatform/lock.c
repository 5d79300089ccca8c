#include "cplatform.h"

#include <pthread.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static void before_fork(void) { pthread_mutex_lock(&mutex); }
static void after_fork(void) { pthread_mutex_unlock(&mutex); }
__attribute__((constructor)) static void install(void) { pthread_atfork(before_fork, after_fork, after_fork); }

void cplatform_lock(void) { pthread_mutex_lock(&mutex); }
void cplatform_unlock(void) { pthread_mutex_unlock(&mutex); }
