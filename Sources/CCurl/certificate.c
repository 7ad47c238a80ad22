#define _GNU_SOURCE
#include "certificate.h"

#include <openssl/ssl.h>
#include <time.h>

static int note_expiry(int is_valid, X509_STORE_CTX *chain) {
  SSL *ssl = X509_STORE_CTX_get_ex_data(chain, SSL_get_ex_data_X509_STORE_CTX_idx());
  int64_t *expiry = ssl ? SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl)) : NULL;
  X509 *certificate = X509_STORE_CTX_get0_cert(chain);
  struct tm end;
  if (expiry && certificate && ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &end)) {
    *expiry = timegm(&end);
  }
  return is_valid;
}

// The connection outlives the transfer that opened it: after its handshake nothing is noted any more.
static void end_watch(const SSL *ssl, int where, int result) {
  (void)result;
  if (where & SSL_CB_HANDSHAKE_DONE) SSL_CTX_set_app_data(SSL_get_SSL_CTX(ssl), NULL);
}

static CURLcode begin_watch(CURL *easy, void *context, void *expiry) {
  (void)easy;
  SSL_CTX_set_app_data((SSL_CTX *)context, expiry);
  SSL_CTX_set_verify(context, SSL_CTX_get_verify_mode(context), note_expiry);
  SSL_CTX_set_info_callback(context, end_watch);
  return CURLE_OK;
}

CURLcode ccurl_watch_certificate(CURL *easy, int64_t *expiry) {
  CURLcode code = curl_easy_setopt(easy, CURLOPT_SSL_CTX_FUNCTION, begin_watch);
  return code == CURLE_OK ? curl_easy_setopt(easy, CURLOPT_SSL_CTX_DATA, expiry) : code;
}
