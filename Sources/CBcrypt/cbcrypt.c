#define _GNU_SOURCE
#include "cbcrypt.h"

#include <crypt.h>
#include <stdlib.h>
#include <string.h>

bool cbcrypt_matches(const char *password, const char *hash) {
  struct crypt_data *data = calloc(1, sizeof *data);
  if (!data) return false;
  const char *made = crypt_r(password, hash, data);
  bool matches = false;
  // What went wrong begins with a star. The result stands behind the salt; the salt's last character
  // has bits to spare, which some programs set and libxcrypt clears.
  const size_t result = 29;
  if (made && made[0] == '$' && strlen(made) == strlen(hash) && strlen(hash) > result) {
    unsigned char difference = 0;
    for (size_t index = result; hash[index]; index++) {
      difference |= (unsigned char)(made[index] ^ hash[index]);
    }
    matches = difference == 0;
  }
  explicit_bzero(data, sizeof *data);
  free(data);
  return matches;
}
