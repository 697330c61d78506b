#include "rl/data/row_files.h"

#include "proto/base/error.h"
#include "proto/base/jsonl.h"
#include "proto/base/text_input.h"

namespace hone {

RowFiles::RowFiles(std::vector<std::string> files) : names_(std::move(files)), open_(names_.size()) {
  if (names_.empty() || names_.size() > 65535)
    throw Error(ErrorCode::invalid_argument, std::to_string(names_.size()) + " files; 1 to 65,535 can be read");
  for (const std::string& name : names_) readable_again_ = readable_again_ && TextInput(name, "data file").is_plain();
}

void RowFiles::for_each(const std::function<void(const RowPlace&, const std::string&)>& row) const {
  for (std::size_t file = 0; file < names_.size(); ++file)
    for_each_raw_row(names_[file], [&](const RawRow& raw) {
      if (raw.text.size() > UINT32_MAX || raw.number > UINT32_MAX)
        throw Error(ErrorCode::invalid_argument, names_[file] + ":" + std::to_string(raw.number) + ": rows of less than 4 GiB, and 2^32 of them, can be read");
      row({static_cast<uint64_t>(file) << 48 | raw.offset, static_cast<uint32_t>(raw.text.size()), static_cast<uint32_t>(raw.number)}, raw.text);
      return true;
    });
}

std::string RowFiles::read_again(const RowPlace& place) {
  std::ifstream& in = open_[place.file()];
  if (!in.is_open()) in.open(names_[place.file()], std::ios::binary);
  std::string text(place.length, '\0');
  in.seekg(static_cast<std::streamoff>(place.offset()));
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (!in) throw Error(ErrorCode::data_loss, where(place) + ": cannot be read again; the file changed while it was read");
  return text;
}

}  // namespace hone
