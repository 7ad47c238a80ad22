#define _GNU_SOURCE
#include "shim.h"

#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>

static bool is_admitted(const ccurl_sockets *sockets, const struct curl_sockaddr *address) {
  switch (address->family) {
  case AF_INET: {
    const struct sockaddr_in *v4 = (const void *)&address->addr;
    return sockets->admit(sockets->context, (const uint8_t *)&v4->sin_addr, 4);
  }
  case AF_INET6: {
    const struct sockaddr_in6 *v6 = (const void *)&address->addr;
    return sockets->admit(sockets->context, (const uint8_t *)&v6->sin6_addr, 16);
  }
  default:
    return false;
  }
}

static curl_socket_t open_socket(void *context, curlsocktype purpose,
                                 struct curl_sockaddr *address) {
  (void)purpose;
  ccurl_sockets *sockets = context;
  if (!is_admitted(sockets, address)) {
    errno = EACCES;
    return CURL_SOCKET_BAD;
  }
  int socket_type = address->socktype | SOCK_CLOEXEC;
  curl_socket_t made = socket(address->family, socket_type, address->protocol);
  if (made != CURL_SOCKET_BAD) {
    sockets->opened += 1;
  } else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
    sockets->lack = errno;
  }
  return made;
}

CURLcode ccurl_watch_sockets(CURL *easy, ccurl_sockets *sockets) {
  CURLcode code = curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
  return code == CURLE_OK ? curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, sockets) : code;
}
