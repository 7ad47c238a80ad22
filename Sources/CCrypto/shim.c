#include "shim.h"

#include <limits.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

int ccrypto_hmac_sha256(const void *key, size_t key_length, const void *data, size_t length,
                        unsigned char *out) {
  unsigned int written = 0;
  if (key_length > INT_MAX) return 0;
  return HMAC(EVP_sha256(), key, (int)key_length, data, length, out, &written) != NULL &&
         written == 32;
}
