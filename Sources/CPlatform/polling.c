#define _GNU_SOURCE
#include "polling.h"

#include <stddef.h>
#include <sys/socket.h>

int cplatform_accept(int listener) { return accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC); }
