/* OpenSSL as Swift sees it: the headers, and functions for what OpenSSL has only as macros.
 *
 * Policy does not live here: which option is set and why is decided in HoldfastTLS. Nothing here
 * allocates what the caller does not free with OpenSSL's own function of that type.
 */
#ifndef HOLDFAST_COPENSSL_SHIM_H
#define HOLDFAST_COPENSSL_SHIM_H

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/sha.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdint.h>
#include <sys/socket.h>
#include <time.h>

/* Constants that are made by SSL_OP_BIT or by a cast, which Swift cannot import. */
static const uint64_t HF_SSL_OP_NO_TICKET = SSL_OP_NO_TICKET;
static const uint64_t HF_SSL_OP_NO_RENEGOTIATION = SSL_OP_NO_RENEGOTIATION;
static const uint64_t HF_SSL_OP_NO_COMPRESSION = SSL_OP_NO_COMPRESSION;
static const uint64_t HF_SSL_OP_CIPHER_SERVER_PREFERENCE = SSL_OP_CIPHER_SERVER_PREFERENCE;
static const uint64_t HF_SSL_OP_PRIORITIZE_CHACHA = SSL_OP_PRIORITIZE_CHACHA;
static const uint64_t HF_SSL_OP_IGNORE_UNEXPECTED_EOF = SSL_OP_IGNORE_UNEXPECTED_EOF;

/* Contexts. */
static inline int hf_ctx_only_tls13(SSL_CTX *ctx) {
    return SSL_CTX_set_min_proto_version(ctx, TLS1_3_VERSION) == 1
        && SSL_CTX_set_max_proto_version(ctx, TLS1_3_VERSION) == 1;
}
static inline int hf_ctx_set_groups(SSL_CTX *ctx, const char *list) {
    return (int)SSL_CTX_set1_groups_list(ctx, list);
}
static inline int hf_ctx_set_signatures(SSL_CTX *ctx, const char *list) {
    return (int)SSL_CTX_set1_sigalgs_list(ctx, list);
}
static inline void hf_ctx_set_mode(SSL_CTX *ctx, long mode) { SSL_CTX_set_mode(ctx, mode); }
static inline void hf_ctx_clear_mode(SSL_CTX *ctx, long mode) { SSL_CTX_clear_mode(ctx, mode); }
static inline void hf_ctx_no_session_cache(SSL_CTX *ctx) {
    SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
}
static inline void hf_ctx_set_max_cert_list(SSL_CTX *ctx, long bytes) {
    SSL_CTX_set_max_cert_list(ctx, bytes);
}
/* Takes a reference of its own. */
static inline int hf_ctx_add_chain(SSL_CTX *ctx, X509 *certificate) {
    return (int)SSL_CTX_add1_chain_cert(ctx, certificate);
}
/* Without this OpenSSL completes a short chain from the trusted store, that is, sends the CA. */
static inline void hf_ctx_no_auto_chain(SSL_CTX *ctx) {
    SSL_CTX_set_mode(ctx, SSL_MODE_NO_AUTO_CHAIN);
}

/* Sessions. */
static inline int hf_ssl_set_server_name(SSL *ssl, const char *name) {
    return (int)SSL_set_tlsext_host_name(ssl, name);
}
/* One machine word per session that callbacks can reach; it is never used as a pointer. */
static inline uintptr_t hf_ssl_note(const SSL *ssl) {
    return (uintptr_t)SSL_get_ex_data(ssl, 0);
}
static inline void hf_ssl_set_note(SSL *ssl, uintptr_t note) {
    SSL_set_ex_data(ssl, 0, (void *)note);
}
/* The first byte of the peer, which is left where it is; -1 when there is none yet, or it has been read. */
static inline int hf_ssl_first_byte(const SSL *ssl) {
    unsigned char byte;
    if (SSL_get_state(ssl) != TLS_ST_BEFORE || SSL_has_pending(ssl) == 1) return -1;
    return recv(SSL_get_fd(ssl), &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 1 ? byte : -1;
}
/* Whether bytes have come, but not the five of the header of a first record. */
static inline int hf_ssl_has_fragment_only(const SSL *ssl) {
    return SSL_get_state(ssl) == TLS_ST_BEFORE && SSL_has_pending(ssl) == 1
        && SSL_rstate_string(ssl)[1] == 'H';
}
/* The session a certificate is being verified for. */
static inline SSL *hf_store_ctx_ssl(X509_STORE_CTX *store) {
    return (SSL *)X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
}

/* Memory BIOs. The bytes belong to the BIO. */
static inline long hf_bio_bytes(BIO *bio, const uint8_t **bytes) {
    char *start = NULL;
    long count = BIO_get_mem_data(bio, &start);
    *bytes = (const uint8_t *)start;
    return count;
}

/* Certificates. Seconds since 1970; 0 when the time cannot be read. */
static inline int hf_time_seconds(const ASN1_TIME *time, int64_t *seconds) {
    struct tm parts;
    if (ASN1_TIME_to_tm(time, &parts) != 1) return 0;
    *seconds = (int64_t)timegm(&parts);
    return 1;
}
static inline EVP_PKEY *hf_new_p256_key(void) { return EVP_EC_gen("P-256"); }

/* `value` is a constant of ours in the language of x509v3_config(5), never a user's text. */
static inline int hf_add_extension(X509 *certificate, X509 *issuer, int nid, const char *value) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
    context.db = NULL;
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
    if (extension == NULL) return 0;
    int added = X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
    return added;
}

/* Frees the certificates of the peer, which OpenSSL keeps as long as the session, parsed: 2 KiB for the
 * leaf, 5 for each other one that was sent. Nobody looks again once the name has been read from them, and
 * sessions are never resumed. The chains are emptied; of the leaf there is one more reference, in the
 * SSL_SESSION, which goes when a session without certificate is decoded over it. */
static inline void hf_ssl_forget_peer(SSL *ssl) {
    STACK_OF(X509) *chains[] = {SSL_get_peer_cert_chain(ssl), SSL_get0_verified_chain(ssl)};
    for (int index = 0; index < 2; index++) {
        while (sk_X509_num(chains[index]) > 0) X509_free(sk_X509_pop(chains[index]));
    }
    SSL_SESSION *session = SSL_get_session(ssl);
    const SSL_CIPHER *cipher = SSL_get_current_cipher(ssl);
    /* It would forget as well that the client takes small records only. */
    if (session == NULL || cipher == NULL || SSL_SESSION_get_max_fragment_length(session) != 0) return;
    uint16_t suite = SSL_CIPHER_get_protocol_id(cipher);
    const unsigned char bare[] = {
        0x30, 0x0F, 0x02, 0x01, 0x01,                            /* the format, 1 */
        0x02, 0x02, 0x03, 0x04,                                  /* TLS 1.3 */
        0x04, 0x02, (unsigned char)(suite >> 8), (unsigned char)suite,
        0x04, 0x00, 0x04, 0x00};                                 /* neither name nor secret */
    const unsigned char *start = bare;
    d2i_SSL_SESSION(&session, &start, sizeof bare);
    ERR_clear_error();
}

/* Frees the key data of the handshake's ephemeral keys, which OpenSSL keeps as long as the session:
 * 0.5 KiB of memory, and secrets that nobody needs any more. Setting a type frees the data first;
 * that there is no such type is reported and of no interest. */
static inline void hf_ssl_forget_ephemeral_keys(SSL *ssl) {
    EVP_PKEY *key = NULL;
    if (SSL_get_tmp_key(ssl, &key) == 1 && key != NULL) {
        EVP_PKEY_set_type(key, EVP_PKEY_NONE);
        EVP_PKEY_free(key);
    }
    key = NULL;
    if (SSL_get_peer_tmp_key(ssl, &key) == 1 && key != NULL) {
        EVP_PKEY_set_type(key, EVP_PKEY_NONE);
        EVP_PKEY_free(key);
    }
    ERR_clear_error();
}

#endif
