// Type-checked doors to libcurl's variadic functions: one per kind of argument, never one per option.
#pragma once
#include <curl/curl.h>
#include <stdbool.h>
#include <stdint.h>

static inline CURLcode ccurl_set_long(CURL *_Nonnull easy, CURLoption option, long value) {
  return curl_easy_setopt(easy, option, value);
}
static inline CURLcode ccurl_set_offset(CURL *_Nonnull easy, CURLoption option, int64_t value) {
  return curl_easy_setopt(easy, option, (curl_off_t)value);
}
/// NULL takes the option back.
static inline CURLcode ccurl_set_text(CURL *_Nonnull easy, CURLoption option,
                                      const char *_Nullable value) {
  return curl_easy_setopt(easy, option, value);
}
static inline CURLcode ccurl_set_pointer(CURL *_Nonnull easy, CURLoption option,
                                         const void *_Nullable value) {
  return curl_easy_setopt(easy, option, value);
}
static inline CURLcode ccurl_set_list(CURL *_Nonnull easy, CURLoption option,
                                      struct curl_slist *_Nullable value) {
  return curl_easy_setopt(easy, option, value);
}
/// For `CURLOPT_WRITEFUNCTION` and `CURLOPT_HEADERFUNCTION`.
static inline CURLcode ccurl_set_sink(CURL *_Nonnull easy, CURLoption option,
                                      curl_write_callback _Nonnull sink) {
  return curl_easy_setopt(easy, option, sink);
}

/// Bytes for the `*_BLOB` options, copied.
static inline CURLcode ccurl_set_blob(CURL *_Nonnull easy, CURLoption option,
                                      const void *_Nullable bytes, size_t count) {
  struct curl_blob blob = {.data = (void *)bytes, .len = count, .flags = CURL_BLOB_COPY};
  return curl_easy_setopt(easy, option, &blob);
}

/// Whether a connection may be made to an address of 4 or 16 bytes.
typedef bool (*ccurl_admit)(void *_Nonnull context, const uint8_t *_Nonnull address,
                            int32_t count);

/// What is asked and told about the sockets of an easy handle.
typedef struct {
  ccurl_admit _Nonnull admit;
  void *_Nonnull context;
  /// errno of a socket that could not be made for lack of descriptors or memory, which libcurl does
  /// not tell; other reasons (no IPv6, say) are libcurl's to handle.
  int32_t lack;
  /// Sockets made.
  int32_t opened;
} ccurl_sockets;

/// `sockets` must live as long as the handle.
CURLcode ccurl_watch_sockets(CURL *_Nonnull easy, ccurl_sockets *_Nonnull sockets);

/// `callback` is asked before each request, with the address of its connection.
static inline CURLcode ccurl_watch_requests(CURL *_Nonnull easy,
                                            curl_prereq_callback _Nonnull callback,
                                            void *_Nonnull context) {
  CURLcode code = curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, callback);
  return code == CURLE_OK ? curl_easy_setopt(easy, CURLOPT_PREREQDATA, context) : code;
}

/// 0 when libcurl does not know.
static inline long ccurl_get_long(CURL *_Nonnull easy, CURLINFO info) {
  long value = 0;
  return curl_easy_getinfo(easy, info, &value) == CURLE_OK ? value : 0;
}
/// For the `*_TIME_T` values, in microseconds; 0 when libcurl does not know.
static inline int64_t ccurl_get_offset(CURL *_Nonnull easy, CURLINFO info) {
  curl_off_t value = 0;
  return curl_easy_getinfo(easy, info, &value) == CURLE_OK ? value : 0;
}
/// Valid until the next transfer of the handle; NULL when libcurl does not know.
static inline const char *_Nullable ccurl_get_text(CURL *_Nonnull easy, CURLINFO info) {
  char *value = NULL;
  return curl_easy_getinfo(easy, info, &value) == CURLE_OK ? value : NULL;
}
/// The pointer set as `CURLOPT_PRIVATE`.
static inline void *_Nullable ccurl_get_private(CURL *_Nonnull easy) {
  char *value = NULL;
  return curl_easy_getinfo(easy, CURLINFO_PRIVATE, &value) == CURLE_OK ? value : NULL;
}

static inline CURLMcode ccurl_multi_set_long(CURLM *_Nonnull multi, CURLMoption option,
                                             long value) {
  return curl_multi_setopt(multi, option, value);
}
static inline CURLMcode ccurl_multi_set_callbacks(CURLM *_Nonnull multi,
                                                  curl_socket_callback _Nonnull socket,
                                                  curl_multi_timer_callback _Nonnull timer,
                                                  void *_Nonnull context) {
  CURLMcode code = curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, socket);
  if (code == CURLM_OK) code = curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, context);
  if (code == CURLM_OK) code = curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, timer);
  if (code == CURLM_OK) code = curl_multi_setopt(multi, CURLMOPT_TIMERDATA, context);
  return code;
}
/// The next easy handle that is done, with how it ended; NULL when there is none.
static inline CURL *_Nullable ccurl_multi_next_done(CURLM *_Nonnull multi,
                                                    CURLcode *_Nonnull result) {
  int left = 0;
  for (CURLMsg *message; (message = curl_multi_info_read(multi, &left));) {
    if (message->msg != CURLMSG_DONE) continue;
    *result = message->data.result;
    return message->easy_handle;
  }
  return NULL;
}
