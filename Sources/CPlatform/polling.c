#define _GNU_SOURCE
#include "polling.h"

#include <stddef.h>
#include <sys/socket.h>

int cplatform_socket_pair(int *pair) {
    return socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair);
}

int cplatform_accept(int listener) { return accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC); }
