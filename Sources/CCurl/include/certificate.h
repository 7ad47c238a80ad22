// The one thing that libcurl does not tell of a handshake that fails: when the certificate ends.
#pragma once
#include <curl/curl.h>
#include <stdint.h>

/// Has every handshake that `easy` begins write `notAfter` of the server's certificate to `expiry`, in
/// Unix seconds, whether it is accepted or not. `expiry` must live as long as `easy` is in use.
CURLcode ccurl_watch_certificate(CURL *_Nonnull easy, int64_t *_Nonnull expiry);
