/* SPDX-License-Identifier: MIT
 *
 * stream.h - bytes to and from a server, in the clear or over TLS, for the example mailer. Knows nothing of SMTP.
 *
 * The socket is the caller's to open, non-blocking, and to wait on: no call here waits. SIGPIPE must be ignored, since
 * OpenSSL writes without MSG_NOSIGNAL. TLS needs OpenSSL 3.0 (EXAMPLE_TLS defined); all else is POSIX.
 */
#ifndef EXAMPLE_STREAM_H
#define EXAMPLE_STREAM_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* What the calls return instead of a number of bytes. */
enum {
    STREAM_END =
        0, /* the other side has sent all that it will; whether it said so by TLS too makes no difference, since
                          SMTP never takes an end for the end of a reply */
    STREAM_WAIT = -1,  /* call again, with the same arguments, when the socket is ready for what wants says */
    STREAM_BROKEN = -2 /* for good: failure says why */
};

struct stream {
    int fd;
    short wants;        /* POLLIN or POLLOUT */
    int32_t failure;    /* a number of SMTPERR_KIND_FAILURE's kind, 0 while nothing is broken */
    const char *words;  /* what the TLS library says of it, static, or NULL */
    struct ssl_st *tls; /* NULL: in the clear */
};

/* 1 if this program was built with TLS. Without it stream_start_tls() always breaks the stream. */
int stream_has_tls(void);

/* Starts TLS 1.2 or newer as the client, and goes on with it: 1 when it is on. host: name or IP address, for SNI, and, if
 * verify is not 0, for the certificate, which must then be valid, from an issuer that this system trusts (or one in the
 * file that the environment variable SSL_CERT_FILE names), and for that very host. */
int stream_start_tls(struct stream *stream, const char *host, int verify);

/* Up to len bytes (at least 1); may be fewer. */
ssize_t stream_read(struct stream *stream, char *bytes, size_t len);
ssize_t stream_write(struct stream *stream, const char *bytes, size_t len);

/* Also after a failure. Waits for nobody. */
void stream_close(struct stream *stream);

#endif
