#define _GNU_SOURCE
#include "shim.h"

#include <errno.h>
#include <sys/socket.h>

static curl_socket_t open_socket(void *context, curlsocktype purpose,
                                 struct curl_sockaddr *address) {
  (void)purpose;
  int socket_type = address->socktype | SOCK_CLOEXEC;
  curl_socket_t made = socket(address->family, socket_type, address->protocol);
  if (made == CURL_SOCKET_BAD &&
      (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)) {
    *(int32_t *)context = errno;
  }
  return made;
}

CURLcode ccurl_watch_sockets(CURL *easy, int32_t *error) {
  CURLcode code = curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
  return code == CURLE_OK ? curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, error) : code;
}
