// OpenSSL's libcrypto, which libcurl brings along: what signs a webhook.
#pragma once
#include <stddef.h>

// Writes the 32 bytes of HMAC-SHA256 to `out`; 1 on success.
int ccrypto_hmac_sha256(const void *key, size_t key_length, const void *data, size_t length,
                        unsigned char *out);
