// libmicrohttpd, and the calls of it that have a variable list of arguments.
#ifndef CMICROHTTPD_SHIM_H
#define CMICROHTTPD_SHIM_H

#include <microhttpd.h>

/// What the library calls; each gets `context` first.
struct cmicrohttpd_callbacks {
    void *context;
    /// A connection begins or has ended.
    MHD_NotifyConnectionCallback connection;
    /// The first line of a request is there; the result becomes the request's own context.
    void *(*target)(void *context, const char *target, struct MHD_Connection *connection);
    MHD_AccessHandlerCallback request;
    MHD_RequestCompletedCallback completed;
};

static inline size_t cmicrohttpd_keep_escapes(void *context, struct MHD_Connection *connection, char *text)
{
    (void) context;
    (void) connection;
    size_t count = 0;
    while (text[count] != 0) count++;
    return count;
}

/// Starts `threads` threads that serve the connections they are given by `MHD_add_connection`, at most `connections` of
/// them, with `memory` bytes for the header of each. NULL if the system refuses threads or memory.
static inline struct MHD_Daemon *cmicrohttpd_start(
    unsigned threads, unsigned connections, size_t memory, struct cmicrohttpd_callbacks callbacks)
{
    // A pool of one thread is none, to the library.
    return MHD_start_daemon(
        MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_NO_LISTEN_SOCKET | MHD_USE_SUSPEND_RESUME, 0, NULL, NULL,
        callbacks.request, callbacks.context, MHD_OPTION_THREAD_POOL_SIZE, threads > 1 ? threads : 0,
        MHD_OPTION_CONNECTION_LIMIT, connections, MHD_OPTION_CONNECTION_MEMORY_LIMIT, memory,
        MHD_OPTION_CONNECTION_TIMEOUT, 0u, MHD_OPTION_NOTIFY_CONNECTION,
        callbacks.connection, callbacks.context, MHD_OPTION_NOTIFY_COMPLETED, callbacks.completed, callbacks.context,
        MHD_OPTION_URI_LOG_CALLBACK, callbacks.target, callbacks.context, MHD_OPTION_UNESCAPE_CALLBACK,
        &cmicrohttpd_keep_escapes, NULL, MHD_OPTION_END);
}

/// The socket of a connection; -1 if there is none.
static inline int cmicrohttpd_descriptor(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    return info ? (int) info->connect_fd : -1;
}

/// What the callback for connections has stored with a connection.
static inline void *cmicrohttpd_context(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info ? info->socket_context : NULL;
}

/// The bytes of the header of a request, from its first line to the empty one; 0 if it is not there yet.
static inline size_t cmicrohttpd_header_bytes(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
    return info ? info->header_size : 0;
}

#endif
