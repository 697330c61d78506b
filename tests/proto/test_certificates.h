// Certificates made with the openssl program, by the commands of docs/reward_server.md.
#pragma once

#include <cstdlib>
#include <optional>
#include <string>

#include "proto/base/file.h"
#include "proto/rpc/endpoint.h"
#include "tests/proto/temporary_folder.h"

namespace hone::testing {

/// An authority NAME-ca.pem and a peer signed by it, in `folder`; nothing where there is no openssl program.
inline std::optional<TlsFiles> make_certificates(const TemporaryFolder& folder, const std::string& name = "node") {
  if (std::system("openssl version > /dev/null 2>&1") != 0) return std::nullopt;
  const std::string key = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes ";
  write_file_atomic(folder.path() / (name + ".ext"), "subjectAltName=IP:127.0.0.1,DNS:localhost\n");
  const std::string commands[] = {
      "openssl req -x509 " + key + "-keyout " + name + "-ca.key -out " + name + "-ca.pem -days 2 -subj /CN=" + name +
          "-ca",
      "openssl req " + key + "-keyout " + name + ".key -out " + name + ".csr -subj /CN=" + name,
      "openssl x509 -req -in " + name + ".csr -CA " + name + "-ca.pem -CAkey " + name +
          "-ca.key -CAcreateserial -out " + name + ".pem -days 2 -extfile " + name + ".ext"};
  for (const std::string& command : commands)
    if (std::system(("cd '" + folder.path().string() + "' && " + command + " > /dev/null 2>&1").c_str()) != 0)
      throw std::runtime_error("failed: " + command);
  return TlsFiles{folder.path() / (name + ".pem"), folder.path() / (name + ".key"), folder.path() / (name + "-ca.pem")};
}

}  // namespace hone::testing
