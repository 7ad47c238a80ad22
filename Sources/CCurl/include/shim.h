// Type-checked doors to libcurl's variadic functions: one per kind of argument, never one per option.
#pragma once
#include <curl/curl.h>
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

/// libcurl does not tell why it got no socket. With this, `error` gets the errno when the reason is
/// a lack of descriptors or memory; other reasons (no IPv6, say) are libcurl's to handle.
CURLcode ccurl_watch_sockets(CURL *_Nonnull easy, int32_t *_Nonnull error);

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
