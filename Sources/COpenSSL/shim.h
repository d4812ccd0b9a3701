/* OpenSSL as Swift sees it: the headers, and functions for what OpenSSL has only as macros. */
#ifndef HOLDFAST_COPENSSL_SHIM_H
#define HOLDFAST_COPENSSL_SHIM_H

#include <openssl/ssl.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

#endif
