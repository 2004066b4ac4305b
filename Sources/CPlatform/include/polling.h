// Waiting for descriptors; the Glibc module does not show these.
#ifndef CPLATFORM_POLLING_H
#define CPLATFORM_POLLING_H

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>

/// accept4 with SOCK_NONBLOCK and SOCK_CLOEXEC, without the peer's address; -1 with errno on failure.
int cplatform_accept(int listener);

/// Two connected local sockets with SOCK_NONBLOCK and SOCK_CLOEXEC; -1 with errno on failure.
int cplatform_socket_pair(int *pair);

#endif
