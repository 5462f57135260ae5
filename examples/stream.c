/* SPDX-License-Identifier: MIT
 *
 * stream.c - see stream.h. Every failure gets the number that libsmtperr has for it: by errno, by the alert that came, by
 * what was wrong with the certificate, or by the reason that OpenSSL gives.
 */
#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif

#include "stream.h"

#include <smtperr.h>

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* After a call on the socket that returned -1. */
static int socket_failed(struct stream *s, short wanted)
{
    s->wants = wanted;
    if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) return STREAM_WAIT;
    s->failure = smtperr_failure_from(SMTPERR_NUMBER_ERRNO, errno);
    return STREAM_BROKEN;
}

#ifdef EXAMPLE_TLS

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

/* What OpenSSL's first error means; the later ones are only its consequences. */
static void explain_failure(struct stream *s, unsigned long error)
{
    const int reason = ERR_GET_LIB(error) == ERR_LIB_SSL ? ERR_GET_REASON(error) : 0;
    const int32_t why = (int32_t)SSL_get_verify_result(s->tls);

    s->failure = smtperr_failure_from(SMTPERR_NUMBER_OPENSSL, reason);
    s->words = ERR_reason_error_string(error);
    if (reason == SSL_R_CERTIFICATE_VERIFY_FAILED) {
        s->failure = smtperr_failure_from(SMTPERR_NUMBER_X509, why);
        s->words = X509_verify_cert_error_string(why);
    }
}

/* After a call of OpenSSL that did not return 1. */
static int tls_failed(struct stream *s, int result)
{
    const int error = errno, kind = SSL_get_error(s->tls, result);
    const unsigned long reason = ERR_peek_error();

    if (kind == SSL_ERROR_WANT_READ || kind == SSL_ERROR_WANT_WRITE) {
        s->wants = kind == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT;
        return STREAM_WAIT;
    }
    if (kind == SSL_ERROR_ZERO_RETURN ||
        (ERR_GET_LIB(reason) == ERR_LIB_SSL && ERR_GET_REASON(reason) == SSL_R_UNEXPECTED_EOF_WHILE_READING))
        return STREAM_END;
    if (kind == SSL_ERROR_SYSCALL && error != 0)
        s->failure = smtperr_failure_from(SMTPERR_NUMBER_ERRNO, error);
    else
        explain_failure(s, reason);
    return STREAM_BROKEN;
}

int stream_has_tls(void)
{
    return 1;
}

/* 1, or 0 if OpenSSL refuses a setting. */
static int prepare(struct stream *s, const char *host, int verify)
{
    SSL_CTX *const settings = SSL_CTX_new(TLS_client_method());
    X509_VERIFY_PARAM *expected;
    int is_address, good;

    if (settings == NULL) return 0;
    /* Without AUTO_RETRY a call returns after each record, so that no flood of records outlasts our time limit. */
    (void)SSL_CTX_clear_mode(settings, SSL_MODE_AUTO_RETRY);
    (void)SSL_CTX_set_mode(settings, SSL_MODE_ENABLE_PARTIAL_WRITE);
    (void)SSL_CTX_set_options(settings, SSL_OP_NO_RENEGOTIATION);
    good = SSL_CTX_set_min_proto_version(settings, TLS1_2_VERSION) == 1;
    if (verify) good = good && SSL_CTX_set_default_verify_paths(settings) == 1;
    s->tls = SSL_new(settings);
    SSL_CTX_free(settings); /* s->tls keeps it */
    if (s->tls == NULL) return 0;
    expected = SSL_get0_param(s->tls);
    is_address = X509_VERIFY_PARAM_set1_ip_asc(expected, host) == 1;
    if (!is_address) /* SNI has no room for addresses (RFC 6066 3) */
        good = good && SSL_set_tlsext_host_name(s->tls, host) == 1 && SSL_set1_host(s->tls, host) == 1;
    SSL_set_hostflags(s->tls, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS); /* RFC 9525 6.3 */
    SSL_set_verify(s->tls, verify ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, NULL);
    return good && SSL_set_fd(s->tls, s->fd) == 1;
}

int stream_start_tls(struct stream *s, const char *host, int verify)
{
    int result, reset;

    ERR_clear_error();
    if (s->tls == NULL && !prepare(s, host, verify)) {
        s->failure = SMTPERR_FAILURE_TLS_FAILED;
        s->words = ERR_reason_error_string(ERR_peek_error());
        return STREAM_BROKEN;
    }
    ERR_clear_error();
    errno = 0;
    if ((result = SSL_connect(s->tls)) == 1) return 1;
    reset = errno == ECONNRESET || errno == EPIPE;
    result = tls_failed(s, result);
    /* Who hangs up on a handshake will not have TLS, whether the stream ends or is reset: that is not a bad network. */
    if (result == STREAM_END || (result == STREAM_BROKEN && reset)) {
        s->failure = SMTPERR_FAILURE_TLS_UNEXPECTED_EOF;
        return STREAM_BROKEN;
    }
    return result;
}

static ssize_t tls_read(struct stream *s, char *bytes, size_t len)
{
    size_t done = 0;
    int result;

    if (s->failure != 0) return STREAM_BROKEN; /* OpenSSL forbids further calls */
    ERR_clear_error();
    errno = 0;
    result = SSL_read_ex(s->tls, bytes, len, &done);
    return result == 1 ? (ssize_t)done : tls_failed(s, result);
}

static ssize_t tls_write(struct stream *s, const char *bytes, size_t len)
{
    size_t done = 0;
    int result;

    if (s->failure != 0) return STREAM_BROKEN;
    ERR_clear_error();
    errno = 0;
    result = SSL_write_ex(s->tls, bytes, len, &done);
    if (result == 1) return (ssize_t)done;
    result = tls_failed(s, result);
    if (result != STREAM_END) return result;
    s->failure = SMTPERR_FAILURE_LOST_CONNECTION;
    return STREAM_BROKEN;
}

static void tls_close(struct stream *s)
{
    if (s->failure == 0 && SSL_is_init_finished(s->tls)) (void)SSL_shutdown(s->tls); /* says goodbye, waits for none */
    SSL_free(s->tls);
    ERR_clear_error();
}

#else

int stream_has_tls(void)
{
    return 0;
}

int stream_start_tls(struct stream *s, const char *host, int verify)
{
    (void)host;
    (void)verify;
    s->failure = SMTPERR_FAILURE_TLS_FAILED;
    s->words = "this program has no TLS";
    return STREAM_BROKEN;
}

#endif

ssize_t stream_read(struct stream *s, char *bytes, size_t len)
{
    ssize_t n;

#ifdef EXAMPLE_TLS
    if (s->tls != NULL) return tls_read(s, bytes, len);
#endif
    n = recv(s->fd, bytes, len, 0);
    return n < 0 ? socket_failed(s, POLLIN) : n;
}

ssize_t stream_write(struct stream *s, const char *bytes, size_t len)
{
    ssize_t n;

#ifdef EXAMPLE_TLS
    if (s->tls != NULL) return tls_write(s, bytes, len);
#endif
    n = send(s->fd, bytes, len, 0);
    return n < 0 ? socket_failed(s, POLLOUT) : n;
}

void stream_close(struct stream *s)
{
#ifdef EXAMPLE_TLS
    if (s->tls != NULL) tls_close(s);
#endif
    if (s->fd >= 0) (void)close(s->fd);
}
